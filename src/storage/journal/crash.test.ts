import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { openJournal, openJournalReader } from './index.ts';

const childProgram = join(import.meta.dirname, 'crash-child.ts');

/** Runs the writer, kills it after so many acknowledgements and a random wait; returns what it acknowledged. */
async function runAndKill(folder: string, first: number, after: number): Promise<number[]> {
  const child = spawn(process.execPath, [childProgram, folder, String(first)], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  let heard = '';
  const ended = new Promise((resolve) => child.once('close', resolve));
  const pipe = child.stdio[3] as Readable;
  pipe.setEncoding('utf8').on('data', (text: string) => {
    heard += text;
    if (heard.length > after * 4) setTimeout(() => child.kill('SIGKILL'), Math.random() * 8);
  });
  await ended;
  return heard.split('\n').slice(0, -1).map(Number);
}

describe('a killed writer', () => {
  it('has lost nothing that it acknowledged, in twenty kills under load [AUD-03]', {
    timeout: 120_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'journal-crash-'));
    const acknowledged: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const ids = await runAndKill(folder, round * 100_000, round * 20);
      expect(ids.length).toBeGreaterThan(0);
      acknowledged.push(...ids);
    }
    await (await openJournal({ folder, segmentBytes: 256 * 1024 })).close();
    const frames = openJournalReader({ folder }).read(undefined, 10_000_000);
    const ids = frames.map((frame) =>
      Number(Buffer.from(frame.bytes).toString('utf8').split(':')[0]),
    );
    const leaves = ids.filter((_, i) => frames[i]?.kind === 'leaf');
    const payloads = ids.filter((_, i) => frames[i]?.kind === 'payload');
    const found = new Set(leaves);
    expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
    expect(found.size).toBe(leaves.length);
    expect(payloads).toEqual(leaves);
    expect(leaves).toEqual([...leaves].sort((a, b) => a - b));
    rmSync(folder, { recursive: true, force: true });
  });
});
