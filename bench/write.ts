import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const begin = '<!-- written by `./bailiwick bench --write`: begin -->';
const end = '<!-- written by `./bailiwick bench --write`: end -->';

/** What people wrote around the marks stays as it is. */
export function writeBetweenMarks(file: string, text: string): void {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  writeFileSync(file, betweenMarks(before, text));
}

export function betweenMarks(document: string, text: string): string {
  const part = `${begin}\n${text}\n${end}`;
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from)
    return document === '' ? `${part}\n` : `${document.trimEnd()}\n\n${part}\n`;
  return `${document.slice(0, from)}${part}${document.slice(to + end.length)}`;
}
