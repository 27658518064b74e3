import type { z } from 'zod';
import { Variables } from '../../env.ts';
import type { AppName } from '../../start/plan.ts';
import { SERVICE_CONFIGS } from '../../start/service-faults.ts';

/** How a service's schema has a variable. */
export interface SchemaVariable {
  isRequired: boolean;
  /** As one would write it. */
  preset: string | undefined;
}

export const APPS = Object.keys(SERVICE_CONFIGS) as AppName[];

/** Every variable of the services' schemas, with the services that read it. */
export function serviceVariables(): Map<string, Map<AppName, SchemaVariable>> {
  const found = new Map<string, Map<AppName, SchemaVariable>>();
  for (const app of APPS) {
    for (const [name, schema] of Object.entries(SERVICE_CONFIGS[app].shape)) {
      const readers = found.get(name) ?? new Map<AppName, SchemaVariable>();
      found.set(name, readers.set(app, describe(schema as z.ZodType)));
    }
  }
  return found;
}

/** What the commands of this repository read. */
export function scriptVariables(): Map<string, SchemaVariable> {
  return new Map(Object.entries(Variables.shape).map(([name, schema]) => [name, describe(schema)]));
}

function describe(schema: z.ZodType): SchemaVariable {
  const { type, defaultValue } = schema.def as { type: string; defaultValue?: unknown };
  if (type === 'optional') return { isRequired: false, preset: undefined };
  if (type !== 'prefault' && type !== 'default') return { isRequired: true, preset: undefined };
  const isNothing = Array.isArray(defaultValue) && defaultValue.length === 0;
  return { isRequired: false, preset: isNothing ? undefined : String(defaultValue) };
}
