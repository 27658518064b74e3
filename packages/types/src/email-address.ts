import { toASCII } from 'tr46';
import isEmail from 'validator/lib/isEmail.js';

/** An address in the form in which it is stored, or what is wrong with it, to be read after "the address". */
export type ReadEmailAddress = { kind: 'address'; address: string } | { kind: 'fault'; fault: string };

/**
 * Reads an address that mail servers take: letters, digits and the other signs of RFC 5322's `atext`, in runs with single
 * dots between them, at a domain name of two labels or more. An internationalized domain may be given in any script or as
 * punycode. The address comes back as `comparableEmail` writes it.
 */
export function readEmailAddress(text: string): ReadEmailAddress {
  const address = comparableEmail(text);
  const fault = faultOf(text.trim(), address);
  return fault === undefined ? { kind: 'address', address } : { kind: 'fault', fault };
}

/**
 * The form in which addresses are stored and compared, here and nowhere else: without the space around it, in lower case,
 * the domain as A-labels (RFC 5890 section 2.3.2.1). Any text has one, also what `readEmailAddress` refuses: addresses
 * that earlier releases took are found by it. (Servers may tell `Ada@` from `ada@`; none that people use does.)
 */
export function comparableEmail(text: string): string {
  const lower = text.trim().toLowerCase();
  const { local, domain } = split(lower);
  // What is ASCII was stored as it came by earlier releases.
  if (domain === undefined || isAscii(domain)) return lower;
  return `${local}@${toALabels(domain) ?? domain}`;
}

/**
 * Whether the text is one address and nothing else, however long its parts are and whether or not its domain can exist:
 * true of every address that any release took. Nothing in it ends a line, a header or a list of addresses.
 */
export function isOneAddress(text: string): boolean {
  return text.length <= MAX_STORED_LENGTH && ONE_ADDRESS.test(text);
}

const MAX_STORED_LENGTH = 254;
/** RFC 5322 section 3.2.3. */
const ATEXT = /[\w!#$%&'*+/=?^`{|}~-]/;
const ONE_ADDRESS = new RegExp(`^(?:${ATEXT.source}|\\.)+@[a-z0-9.-]+$`, 'i');
const LOCAL_PART = new RegExp(`^(?:${ATEXT.source}|\\.)+$`);

/** RFC 5321 section 4.5.3.1, with erratum 1690 for the whole: what fits into a path with its angle brackets. */
const MAX_LENGTH = 254;
const MAX_LOCAL_LENGTH = 64;
const MAX_LABEL_LENGTH = 63;
/** RFC 6761 sections 6.3 and 6.4: no mail server ever has such a name. (`.test` and `.example` are for people who test.) */
const NOWHERE = new Set(['invalid', 'localhost']);
/** RFC 3696 section 2: letters, or an A-label. */
const TOP_LEVEL = /^(?:[a-z]{2,}|xn--[a-z\d-]+)$/;

/** RFC 5891, as browsers and mail servers do it (UTS #46); lengths and hyphens are told apart below. */
const IDNA = {
  checkBidi: true,
  checkHyphens: false,
  checkJoiners: true,
  transitionalProcessing: false,
  useSTD3ASCIIRules: true,
  verifyDNSLength: false,
};

function toALabels(domain: string): string | undefined {
  return toASCII(domain, IDNA) ?? undefined;
}

/** `given` as it came, for what folding would hide; `address` in the form that is stored. */
function faultOf(given: string, address: string): string | undefined {
  if (/[<>]/.test(given)) return 'must be the address alone, without a name or angle brackets';
  const { local, domain } = split(given);
  if (local === '' || domain === undefined || domain === '') return NO_ADDRESS;
  const fault = faultOfLocalPart(local) ?? faultOfDomain(domain, split(address).domain ?? '');
  if (fault !== undefined) return fault;
  if (address.length > MAX_LENGTH) return `must have at most ${MAX_LENGTH} characters`;
  return isEmail.default(address, { allow_utf8_local_part: false }) ? undefined : NO_ADDRESS;
}

const NO_ADDRESS = 'must be an e-mail address, like ada@example.com';

function faultOfLocalPart(local: string): string | undefined {
  if (local.startsWith('"')) return 'must not have a quoted part before the @';
  if (local.includes('@')) return 'must have one @';
  if (/[\s\p{Cc}]/u.test(local)) return NO_SPACE;
  if (!isAscii(local)) return 'must have only letters from a to z, digits and signs like . + - _ before the @';
  if (!LOCAL_PART.test(local)) return 'must not have any of ( ) [ ] , : ; " \\ before the @';
  if (!isDotted(local)) return 'must have single dots, and only between other characters, before the @';
  if (local.length > MAX_LOCAL_LENGTH) return `must have at most ${MAX_LOCAL_LENGTH} characters before the @`;
  return undefined;
}

const NO_SPACE = 'must not contain spaces or control characters';

function faultOfDomain(given: string, stored: string): string | undefined {
  if (/[\s\p{Cc}]/u.test(given)) return NO_SPACE;
  if (given.startsWith('[') || /^[\d.]+$/.test(stored)) return 'must have a domain name after the @, not an IP address';
  if (!isDotted(stored)) return 'must have single dots, and only between other characters, after the @';
  const labels = stored.split('.');
  const last = labels.at(-1) ?? '';
  if (labels.length < 2) return 'must have a whole domain after the @, like example.com';
  if (labels.some((label) => label.startsWith('-') || label.endsWith('-'))) {
    return 'must not have a hyphen at the start or end of a part of its domain';
  }
  if (labels.some((label) => label.length > MAX_LABEL_LENGTH)) {
    return `must have at most ${MAX_LABEL_LENGTH} characters in each part of its domain`;
  }
  if (toALabels(stored) !== stored) return 'must have a valid domain after the @, like example.com';
  if (!TOP_LEVEL.test(last)) return 'must end in a top-level domain, like .com';
  if (NOWHERE.has(last)) return `must have a domain that mail can reach, which .${last} is not`;
  return undefined;
}

function isDotted(text: string): boolean {
  return text.split('.').every((part) => part !== '');
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}

/** The last @ parts the two; without any there is no domain. */
function split(address: string): { local: string; domain: string | undefined } {
  const at = address.lastIndexOf('@');
  return at === -1
    ? { local: address, domain: undefined }
    : { local: address.slice(0, at), domain: address.slice(at + 1) };
}
