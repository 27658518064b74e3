import { z } from 'zod';

/** Time zone of the IANA database as read by us, in the spelling and under the name that the database has for it now. */
export const TimeZoneInput = z
  .string()
  .max(64)
  .transform((name, context) => {
    const zone = canonicalTimeZone(name);
    if (zone !== undefined) return zone;
    context.addIssue('must be an IANA time zone, like Europe/Vienna, or UTC');
    return z.NEVER;
  })
  .meta({ example: 'Europe/Vienna' });

/** The zone's name today (`europe/kiev` → `Europe/Kyiv`, `Japan` → `Asia/Tokyo`); undefined if it is no zone's. */
export function canonicalTimeZone(name: string): string | undefined {
  if (!IANA_NAME.test(name)) return undefined;
  try {
    const known = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
    return RENAMED.get(known) ?? known;
  } catch {
    return undefined;
  }
}

/**
 * Intl also takes offsets, which say nothing of daylight saving time, and abbreviations, which say it to nobody: EST has
 * none, BST is in Dhaka. Names without an area are UTC's and those of countries, such as Japan.
 */
const IANA_NAME = /^(?:(?!SystemV\/)[a-z]\w*(?:\/[\w+-]+)+|UTC|UCT|GMT|[a-z]{4,})$/i;

/**
 * Intl keeps the names that ICU had first, whatever they are called since:
 * https://github.com/unicode-org/cldr/blob/main/common/bcp47/timezone.xml, `iana`.
 */
const RENAMED = new Map([
  ['Africa/Asmera', 'Africa/Asmara'],
  ['America/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
  ['America/Catamarca', 'America/Argentina/Catamarca'],
  ['America/Coral_Harbour', 'America/Atikokan'],
  ['America/Cordoba', 'America/Argentina/Cordoba'],
  ['America/Godthab', 'America/Nuuk'],
  ['America/Indianapolis', 'America/Indiana/Indianapolis'],
  ['America/Jujuy', 'America/Argentina/Jujuy'],
  ['America/Louisville', 'America/Kentucky/Louisville'],
  ['America/Mendoza', 'America/Argentina/Mendoza'],
  ['Asia/Calcutta', 'Asia/Kolkata'],
  ['Asia/Katmandu', 'Asia/Kathmandu'],
  ['Asia/Rangoon', 'Asia/Yangon'],
  ['Asia/Saigon', 'Asia/Ho_Chi_Minh'],
  ['Atlantic/Faeroe', 'Atlantic/Faroe'],
  ['Europe/Kiev', 'Europe/Kyiv'],
  ['Pacific/Enderbury', 'Pacific/Kanton'],
  ['Pacific/Ponape', 'Pacific/Pohnpei'],
  ['Pacific/Truk', 'Pacific/Chuuk'],
]);
