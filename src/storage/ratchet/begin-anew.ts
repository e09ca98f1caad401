import * as fs from 'node:fs';
import { join } from 'node:path';
import { openLogRatchetFile } from './log-ratchet.ts';

/** What a log was signed up to, and how long it is in what is put back. */
export interface LostRecords {
  readonly origin: string;
  readonly here: number;
  readonly signed: number;
}

/**
 * INVARIANT: of logs that are put back on purpose none is signed on, whether or not what is remembered here went
 * back with them: each writer begins anew with its next start, and control stops everything and voids what was granted.
 */
export function beginAnew(
  ratchetFolder: string,
  { logs, reason }: { readonly logs: Readonly<Record<string, number>>; readonly reason: string },
): readonly LostRecords[] {
  fs.mkdirSync(ratchetFolder, { recursive: true, mode: 0o700 });
  return writersOf(Object.keys(logs)).flatMap((writer) => {
    const signed = openLogRatchetFile(ratchetFolder, writer).read()?.logs ?? [];
    const mark = join(ratchetFolder, `${writer}.begin-anew`);
    fs.writeFileSync(mark, `${reason.replaceAll('\n', ' ')}\n`, { mode: 0o600, flush: true });
    return signed
      .map(({ origin, size }) => ({ origin, here: logs[origin] ?? 0, signed: size }))
      .filter((one) => one.signed > one.here);
  });
}

function writersOf(origins: readonly string[]): string[] {
  const names = origins.map((one) => (one.split('/').at(-1) ?? '').replace(/\.[0-9a-f]{8}$/u, ''));
  return [...new Set(['control-1', ...names])];
}
