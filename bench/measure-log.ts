import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { MeasureAsked, MeasureResult } from './measure-kind.ts';

/** In a process of its own, as `node bench/log.ts` runs it: nothing of this one's load stands in its figures. */
export async function measureLog({ seconds }: MeasureAsked): Promise<MeasureResult> {
  const script = fileURLToPath(new URL('log.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    script,
    '--seconds',
    String(seconds),
  ]);
  return { figures: {}, lines: ['The log alone:', '', ...stdout.trimEnd().split('\n')] };
}
