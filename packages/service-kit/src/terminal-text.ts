/** Text in which whatever a terminal would not show, or would obey, is escaped. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escaped);
}

/** JSON that no terminal takes for commands. */
export function json(content: unknown, indent?: number): string {
  return JSON.stringify(content, undefined, indent).replace(/[\p{Cf}\u007f-\u009f\p{Zl}\p{Zp}]/gu, escaped);
}

/** Rows under their headings, in columns. */
export function table(headings: string[], rows: string[][]): string {
  const all = [headings, ...rows.map((row) => row.map(visible))];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const MAX_REASON_LENGTH = 120;

/** A reason that fits on a line. */
export function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > MAX_REASON_LENGTH ? `${line.slice(0, MAX_REASON_LENGTH)}…` : line;
}

function escaped(character: string): string {
  return [...Array(character.length).keys()]
    .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
    .join('');
}
