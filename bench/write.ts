import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const usual = './bailiwick bench --write';

/** What people wrote around the marks stays as it is. */
export function writeBetweenMarks(file: string, text: string, by = usual): void {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  writeFileSync(file, betweenMarks(before, text, by));
}

/** Each writer has marks of its own. */
export function betweenMarks(document: string, text: string, by = usual): string {
  const begin = `<!-- written by \`${by}\`: begin -->`;
  const end = `<!-- written by \`${by}\`: end -->`;
  const part = `${begin}\n${text}\n${end}`;
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from)
    return document === '' ? `${part}\n` : `${document.trimEnd()}\n\n${part}\n`;
  return `${document.slice(0, from)}${part}${document.slice(to + end.length)}`;
}
