import type { DeadLetter } from './letter.ts';

/** Which dead letters are meant; without anything, all of them. */
export interface Selection {
  /** Of dead letters, or of the reports in them. */
  ids?: string[] | undefined;
  topic?: string | undefined;
  code?: string | undefined;
  orderId?: string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
}

/** The dead letters that fit everything in a selection. */
export function select(letters: DeadLetter[], selection: Selection): DeadLetter[] {
  const { ids, topic, code, orderId, since, until } = selection;
  return letters.filter(
    (letter) =>
      (!ids || ids.some((id) => isCalled(letter, id))) &&
      (topic === undefined || letter.topic === topic) &&
      (code === undefined || letter.code === code) &&
      (orderId === undefined || letter.orderId?.toLowerCase() === orderId.toLowerCase()) &&
      (!since || letter.time >= since) &&
      (!until || letter.time <= until),
  );
}

/** Whether an id means this dead letter. */
export function isCalled({ id, eventId }: DeadLetter, given: string): boolean {
  return given === id || given === eventId;
}
