import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import PostalMime from 'postal-mime';
import { expect, test } from 'vitest';
import { openMailer } from '../src/transport.ts';
import { compose, inDirectory, OUTBOX_ID } from './data.ts';

test('a mail that is sent twice is one file, named by its id, which mail programs can open', () =>
  inDirectory(async (parent) => {
    const directory = join(parent, 'not', 'there', 'yet');
    const mailer = openMailer({ directory });
    const mail = await compose();
    const [first, second] = await Promise.all([mailer.send(mail), mailer.send(mail)]);
    expect(first).toEqual({ id: `${OUTBOX_ID}@shop.example`, file: join(directory, `${OUTBOX_ID}@shop.example.eml`) });
    expect(second).toEqual(first);
    expect(await readdir(directory)).toEqual([`${OUTBOX_ID}@shop.example.eml`]);
    const read = await PostalMime.parse(await readFile(first.file ?? ''));
    expect(read.subject).toBe('Your tickets: Night of the Proms');
  }));

test('an id that looks like a path stays in the directory', () =>
  inDirectory(async (directory) => {
    const mail = { ...(await compose()), messageId: '<../../up@shop.example>' };
    const { file } = await openMailer({ directory }).send(mail);
    expect(file).toBe(join(directory, '.._.._up@shop.example.eml'));
  }));

test('a file that cannot be written fails the mail and leaves nothing half done', () =>
  inDirectory(async (directory) => {
    const mailer = openMailer({ directory });
    const { file = '' } = await mailer.send(await compose());
    await expect(openMailer({ directory: file }).send(await compose())).rejects.toThrow(/EEXIST|ENOTDIR/);
    expect(await readdir(directory)).toHaveLength(1);
  }));
