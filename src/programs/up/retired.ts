import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';

/** The writer of one of the gateways of this machine. */
export function writerOf(index: number): string {
  return `gateway-${index + 1}`;
}

/**
 * Gateways that wrote here once and are not started any more, as far as nobody knows that they left
 * nothing open: theirs are the first words of a journal, and nobody but us reads them.
 */
export function retiredWriters(data: string, count: number): string[] {
  const journal = join(data, 'journal');
  if (!existsSync(journal)) return [];
  return readdirSync(journal).filter((name) => {
    const number = /^gateway-([1-9]\d{0,3})$/.exec(name)?.[1];
    return number !== undefined && Number(number) > count && !existsSync(markOf(data, name));
  });
}

/** Its log was read to its end and closed: until it is started again, nothing comes to it. */
export function markClosed(data: string, writer: string): void {
  mkdirSync(closedFolder(data), { recursive: true, mode: 0o700 });
  closeSync(openSync(markOf(data, writer), 'w', 0o600));
}

/** INVARIANT: durable before the writer is started: a mark that lies hides what is open. */
export function unmarkClosed(data: string, writer: string): void {
  const mark = markOf(data, writer);
  if (!existsSync(mark)) return;
  rmSync(mark);
  const folder = openSync(closedFolder(data), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function closedFolder(data: string): string {
  return join(data, 'run', 'closed');
}

function markOf(data: string, writer: string): string {
  return join(closedFolder(data), writer);
}
