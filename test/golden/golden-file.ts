import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { canonicalText } from '#kernel/json/index.ts';
import { episodes, type GoldenLine, runEpisode } from './episode.ts';
import { createWorldDriver } from './world-driver.ts';

const largest = { [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS };
const file = new URL('path-records.jsonl.br', import.meta.url);

export function readGolden(): readonly GoldenLine[] {
  const text = brotliDecompressSync(readFileSync(file)).toString('utf8').trimEnd();
  return text.split('\n').map((line) => JSON.parse(line) as GoldenLine);
}

/** All recorded calls, made again through the path as it is now. */
export async function makeCalls(): Promise<readonly GoldenLine[]> {
  const lines: GoldenLine[] = [];
  for (let episode = 0; episode < episodes; episode += 1) {
    lines.push(...(await runEpisode(await createWorldDriver(), episode)));
  }
  return lines;
}

/** INVARIANT: never over a file that is there. What the old path wrote cannot be written again. */
export function writeGolden(lines: readonly GoldenLine[]): void {
  const text = lines.map((line) => `${canonicalText({ ...line })}\n`).join('');
  writeFileSync(file, brotliCompressSync(text, { params: largest }), { flag: 'wx' });
}
