/** What people do, and how often, in parts of the whole. */
export const WAYS = {
  pays: 42,
  'clicks twice': 8,
  'pays twice': 5,
  'pays late': 12,
  'pays by debit': 8,
  'is declined first': 5,
  'gives up': 12,
  cancels: 6,
  'cancels after starting to pay': 4,
  'cancels while paying': 4,
  'pays another amount': 1,
  'pays for nothing': 1,
  hoards: 3,
};
export type Way = keyof typeof WAYS;
/** How often people do what; what is not named, nobody does. */
export type Ways = Partial<Record<Way, number>>;
