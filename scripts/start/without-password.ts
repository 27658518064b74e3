/** A URL as it may be shown and kept: without user and password. */
export function withoutPassword(text: string): string {
  const url = new URL(text);
  url.username = '';
  url.password = '';
  return url.href;
}
