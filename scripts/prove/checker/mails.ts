import type { Told } from '../history.ts';

/** What an email is about, by how its subject begins. */
const SUBJECTS: Record<string, MailKind> = {
  'Your ticket': 'tickets',
  'Your tickets': 'tickets',
  'Your refund': 'refund',
  Cancelled: 'cancelled',
  'Your payment came too late': 'too-late',
};
export type MailKind = 'tickets' | 'refund' | 'cancelled' | 'too-late';

/** An email that was got. Sent twice, it is here twice. */
export interface Mail {
  /** In ms since 1970. */
  at: number;
  to: string;
  messageId: string;
  subject: string;
  /** Undefined: about nothing that we write about. */
  kind: MailKind | undefined;
  orderId: string | undefined;
  /** Of tickets. */
  codes: string[];
  /** What it says that goes back, in hundredths: every currency that people pay in here has them. */
  goesBack: number | undefined;
}

/** The emails that people got. */
export function mailsOf(history: Told[]): Mail[] {
  return history
    .filter(({ deed }) => deed === 'get-mail')
    .map(({ at, who, messageId = '', subject = '', text = '' }) => {
      const amount = /^\D*([\d,]+)\.(\d\d) goes back /m.exec(text);
      return {
        ...{ at, to: who, messageId, subject, kind: SUBJECTS[subject.split(': ')[0] ?? ''] },
        orderId: /^Order (\S+)$/m.exec(text)?.[1],
        codes: [...text.matchAll(/^Code: (\S+)$/gm)].map(([, code = '']) => code),
        goesBack: amount ? Number(`${amount[1]?.replaceAll(',', '')}${amount[2]}`) : undefined,
      };
    });
}
