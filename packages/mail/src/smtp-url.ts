/** An SMTP server, and how to speak to it. */
export interface SmtpServer {
  host: string;
  port: number;
  /** `from-start` and `required` never send in the clear; `if-offered` and `off` may. */
  tls: 'from-start' | 'required' | 'if-offered' | 'off';
  auth: { user: string; pass: string } | undefined;
}

/**
 * Reads `smtps://user:password@host` (TLS from the start, port 465) or `smtp://user:password@host` (STARTTLS, port 587,
 * RFC 6409). STARTTLS is required unless the host is this machine, or the URL says `?tls=off`, for a server in a private
 * network. Names and passwords are percent-encoded.
 * @returns undefined for everything else
 */
export function parseSmtpUrl(text: string): SmtpServer | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isSecure = url.protocol === 'smtps:';
  if ((url.protocol !== 'smtp:' && !isSecure) || !url.hostname || !['', '/'].includes(url.pathname) || url.hash) {
    return undefined;
  }
  const isOff = url.search === '?tls=off';
  if ((url.search && !isOff) || (isOff && isSecure)) return undefined;
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const user = decoded(url.username);
  const pass = decoded(url.password);
  if (user === undefined || pass === undefined || (pass && !user)) return undefined;
  return {
    host,
    port: url.port ? Number(url.port) : isSecure ? 465 : 587,
    tls: isSecure ? 'from-start' : isOff ? 'off' : isLoopback(host) ? 'if-offered' : 'required',
    auth: user ? { user, pass } : undefined,
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
