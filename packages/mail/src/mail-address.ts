import { z } from 'zod';

/** Who a mail is from. */
export interface MailAddress {
  /** As people read it; may be empty. */
  name: string;
  address: string;
}

/** Reads `address` or `Name <address>`; undefined if it is neither. */
export function parseMailAddress(text: string): MailAddress | undefined {
  const [, name = '', bracketed, bare] = /^(?:(.*?)\s*<([^<>]*)>|([^<>]*))$/s.exec(text.trim()) ?? [];
  const address = bracketed ?? bare ?? '';
  const plain = name.replace(/^"(.*)"$/s, '$1').trim();
  return isAddress(address) && !/\p{Cc}/u.test(plain) ? { name: plain, address } : undefined;
}

/** Whether it is one address and nothing else. */
export function isAddress(text: string): boolean {
  return z.email().safeParse(text).success;
}

/** What comes after the @. */
export function domainOf({ address }: MailAddress): string {
  return address.slice(address.lastIndexOf('@') + 1);
}
