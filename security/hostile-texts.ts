/** What Postgres cannot store: must be refused, never fail. */
export const UNSTORABLE: Record<string, string> = {
  'a NUL byte': 'a\u0000b',
  'nothing but NUL': '\u0000',
  'half a surrogate pair': 'a\ud800b',
  'the other half': '\udc00',
};

/** What acts on a terminal, a log or a header when it is written as it is: no line of text has it. */
export const CONTROLLING: Record<string, string> = {
  'a header of its own': 'a\r\nX-Injected: 1',
  'a mail header of its own': 'a\nBcc: everyone@example.com',
  'a log line of its own': 'a\n{"level":"fatal","msg":"injected"}',
  'an escape sequence': 'a\u001b[2Jb',
  'an escape sequence in one character': 'a\u009b31mb',
  'a line separator': 'a\u2028b',
  'a paragraph separator': 'a\u2029b',
};

/** What is only text to us: refused by a field's own rules, or stored as it is. */
export const HARMLESS: Record<string, string> = {
  'SQL that is always true': `' or '1'='1`,
  'SQL that drops a table': `x'; drop table orders.orders; --`,
  'SQL behind a backslash': `\\'; select pg_sleep(9); --`,
  'SQL in dollar quotes': `$$; delete from identity.users; $$ $1`,
  'operators of a text search': `' & !x <-> y:*`,
  wildcards: '%_*?',
  'a script': '<script>alert(1)</script>',
  'markup that breaks out': `"'><img src=x onerror=alert(1)>`,
  'a script as an address': 'javascript:alert(1)',
  templates: '{{7*7}} ${7*7} <%= 7*7 %> #{7*7} %s%n',
  'a look-up by a logger': '${jndi:ldap://127.0.0.1/a}',
  'a path upwards': '../../../../etc/passwd',
  'a path upwards, encoded': '..%2f..%2f%2e%2e/etc/passwd%00',
  'an address of the inside': 'http://169.254.169.254/latest/meta-data/',
  'the prototype': '__proto__',
  'the constructor': 'constructor',
  'an encoded line break': 'a%0d%0aX-Injected:%201',
  'letters that turn around': 'a\u202egpj.exe',
  'a sign that is not seen': 'a\u200bb',
  'accents on accents': `e${'\u0301'.repeat(50)}`,
  'letters beyond 16 bits': '\u{1F3AB}\u{1D518}\u{20BB7}',
  'a letter that grows in lower case': '\u0130',
  'a sign that folds to k': '\u212Aelvin@example.com',
  'a number': '1e309',
  'what is no object': 'null',
};

export const LONG: Record<string, string> = {
  'three hundred letters': 'x'.repeat(300),
  'too long': 'x'.repeat(30_000),
};
