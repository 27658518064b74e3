import { badParameter } from '../api-error.ts';
import type { Metadata } from '../books.ts';

/** Text, or what brackets nest: `metadata[order_id]=1` is `{ metadata: { order_id: '1' } }`; lists have keys 0, 1, … */
export interface Parameters {
  [name: string]: string | Parameters;
}

/** Parses a form-encoded body or query with Stripe's bracket notation. */
export function parseParameters(encoded: string): Parameters {
  const root = emptyParameters();
  for (const [name, value] of new URLSearchParams(encoded)) {
    const path = name.split('[').map((part) => part.replace(/\]$/, ''));
    const last = path.pop() ?? '';
    let place = root;
    for (const part of path) {
      const next = place[part];
      place = typeof next === 'object' ? next : (place[part] = emptyParameters());
    }
    // `expand[]=a` numbers itself.
    place[last === '' ? `${Object.keys(place).length}` : last] = value;
  }
  return root;
}

/** No prototype, so that a parameter named `__proto__` is a parameter and nothing else. */
const emptyParameters = () => Object.create(null) as Parameters;

/** Refuses parameters that the local Stripe does not know, as Stripe does for misspelt ones. */
export function allowOnly(parameters: Parameters, known: readonly string[]): void {
  const unknown = Object.keys(parameters).find((name) => !known.includes(name));
  if (unknown !== undefined) throw badParameter('parameter_unknown', unknown, `Received unknown parameter: ${unknown}`);
}

export function text(parameters: Parameters, name: string): string | undefined {
  const value = parameters[name];
  if (typeof value === 'object') throw badParameter('parameter_invalid_string', name, `Invalid string: ${name}`);
  return value === '' ? undefined : value;
}

/** Texts of a list like `types[]=a`; undefined when it is not given. */
export function textList(parameters: Parameters, name: string): string[] | undefined {
  const given = parameters[name];
  if (given === undefined || given === '') return undefined;
  if (typeof given === 'string') throw badParameter('parameter_invalid_array', name, 'Invalid array');
  return Object.keys(given).map((key) => text(given, key) ?? '');
}

/** An integer from `min` to `max`; undefined when it is not given. */
export function integer(parameters: Parameters, name: string, min: number, max: number): number | undefined {
  const written = text(parameters, name);
  if (written === undefined) return undefined;
  if (!/^-?\d{1,15}$/.test(written)) {
    throw badParameter('parameter_invalid_integer', name, `Invalid integer: ${written}`);
  }
  const value = Number(written);
  const isAmount = name === 'amount';
  if (value < min) {
    const code = isAmount ? 'amount_too_small' : 'parameter_invalid_integer';
    throw badParameter(code, name, `${name} must be at least ${min}.`);
  }
  if (value > max) {
    const code = isAmount ? 'amount_too_large' : 'parameter_invalid_integer';
    throw badParameter(code, name, `${name} must be no more than ${max}.`);
  }
  return value;
}

export function oneOf<Value extends string>(
  parameters: Parameters,
  name: string,
  values: readonly Value[],
): Value | undefined {
  const written = text(parameters, name);
  if (written === undefined) return undefined;
  const found = values.find((value) => value === written);
  if (found === undefined) {
    throw badParameter('parameter_invalid_enum', name, `Invalid ${name}: must be one of ${values.join(', ')}`);
  }
  return found;
}

export function required<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw badParameter('parameter_missing', name, `Missing required param: ${name}.`);
  return value;
}

const MAX_METADATA_KEYS = 50;
const MAX_METADATA_VALUE = 500;

/** Limits: https://docs.stripe.com/api/metadata */
export function metadata(parameters: Parameters): Metadata {
  const given = parameters.metadata;
  if (given === undefined || given === '') return {};
  if (typeof given === 'string') throw badParameter('parameter_invalid_hash', 'metadata', 'Invalid object');
  const entries = Object.entries(given).map(([key, value]) => {
    if (typeof value !== 'string') throw badParameter('parameter_invalid_hash', 'metadata', 'Values must be text');
    if (key.length > 40 || value.length > MAX_METADATA_VALUE) {
      throw badParameter('metadata_too_long', `metadata[${key}]`, 'Keys go up to 40 characters, values up to 500.');
    }
    return [key, value] as const;
  });
  if (entries.length > MAX_METADATA_KEYS) {
    throw badParameter('metadata_too_many', 'metadata', `Metadata can have up to ${MAX_METADATA_KEYS} keys.`);
  }
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}

/** The fields to show as objects instead of as ids. */
export function expansions(parameters: Parameters, expandable: readonly string[]): Set<string> {
  const given = parameters.expand;
  const names = typeof given === 'object' ? Object.values(given) : given === undefined ? [] : [given];
  const known = names.map((name) => {
    if (typeof name === 'string' && expandable.includes(name)) return name;
    throw badParameter('parameter_invalid', 'expand', `This property cannot be expanded (${JSON.stringify(name)}).`);
  });
  return new Set(known);
}
