import { isOneAddress, readEmailAddress } from '@ticketing/types/email-address';

/** Who a mail is from. */
export interface MailAddress {
  /** As people read it; may be empty. */
  name: string;
  address: string;
}

/** Reads `address` or `Name <address>`; undefined if it is neither. A domain in any script comes back as punycode. */
export function parseMailAddress(text: string): MailAddress | undefined {
  const [, name = '', bracketed, bare] = /^(?:(.*?)\s*<([^<>]*)>|([^<>]*))$/s.exec(text.trim()) ?? [];
  const read = readEmailAddress(bracketed ?? bare ?? '');
  const plain = name.replace(/^"(.*)"$/s, '$1').trim();
  return read.kind === 'address' && !/\p{Cc}/u.test(plain) ? { name: plain, address: read.address } : undefined;
}

/** Whether it is one address and nothing else. Whether it can be reached is for the server to say. */
export function isAddress(text: string): boolean {
  return isOneAddress(text);
}

/** What comes after the @. */
export function domainOf({ address }: MailAddress): string {
  return address.slice(address.lastIndexOf('@') + 1);
}
