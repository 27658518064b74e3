import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import MailComposer from 'nodemailer/lib/mail-composer';
import { bareId, type Mailer } from './mailer.ts';

/**
 * Writes mails to files instead of sending them, to be looked at with any mail program: one for each Message-ID, so a
 * mail that is sent twice is one file, whole at every moment.
 */
export function openEmlFiles(directory: string): Mailer {
  return {
    send: async (mail) => {
      const composer = new MailComposer({ ...mail, newline: 'win', disableFileAccess: true, disableUrlAccess: true });
      const content = await composer.compile().build();
      const id = bareId(mail);
      const file = resolve(directory, `${id.replace(/[^\w@.-]/g, '_')}.eml`);
      const unfinished = join(directory, `.${randomUUID()}.tmp`);
      await mkdir(directory, { recursive: true });
      try {
        await writeFile(unfinished, content);
        await rename(unfinished, file);
      } catch (error) {
        await rm(unfinished, { force: true });
        throw error;
      }
      return { id, file };
    },
    close: () => Promise.resolve(),
  };
}
