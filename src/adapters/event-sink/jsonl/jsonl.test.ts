import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
  existsSync,
  mkdirSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeEventSink, exportedRecord } from '#contracts/event-sink.suite.ts';
import type { SinkParts } from '#contracts/event-sink.ts';
import { parseJson } from '#kernel/json/index.ts';
import { jsonlSink } from './index.ts';

const noParts = {} as SinkParts;
const open = (path: string, over: { rotateBytes?: number; keep?: number } = {}) =>
  jsonlSink.open({ path, rotateBytes: 1_000_000, keep: 3, ...over }, noParts);

function keysIn(path: string): string[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => (parseJson(Buffer.from(line)) as { key: string }).key);
}

describeEventSink('jsonl', async () => {
  const root = mkdtempSync(join(tmpdir(), 'bailiwick-jsonl-'));
  const path = join(root, 'out', 'records.jsonl');
  return {
    sink: open(path),
    received: async () => keysIn(path),
    // A folder where the file should be; nobody can be busy or say garbage, so all are the same.
    behave: async (how) => {
      if (how === 'well') rmSync(path, { recursive: true });
      else mkdirSync(path, { recursive: true });
    },
    refuse: undefined,
    takesOnce: false,
    close: async () => rmSync(root, { recursive: true, force: true }),
  };
});

describe('lines in a file', () => {
  it('go to a new file when one is full, as many are kept as it says, and none is lost', async () => {
    const root = mkdtempSync(join(tmpdir(), 'bailiwick-jsonl-'));
    const path = join(root, 'records.jsonl');
    const sink = open(path, { rotateBytes: 1_024, keep: 3 });
    for (let at = 0; at < 40; at += 1) {
      await sink.send([exportedRecord(at)], new AbortController().signal);
    }
    await sink.close();
    const files = [`${path}.3`, `${path}.2`, `${path}.1`, path];
    const kept = files.flatMap(keysIn);
    expect(existsSync(`${path}.4`)).toBe(false);
    const last = Array.from({ length: kept.length }, (_, at) => 40 - kept.length + at);
    expect(kept).toEqual(last.map((at) => exportedRecord(at).key));
    expect(kept.length).toBeGreaterThan(6);
    rmSync(root, { recursive: true });
  });

  it('begin a line of their own behind half a line that an earlier end left', async () => {
    const root = mkdtempSync(join(tmpdir(), 'bailiwick-jsonl-'));
    const path = join(root, 'records.jsonl');
    writeFileSync(path, '{"key":"half');
    chmodSync(path, 0o600);
    const sink = open(path);
    await sink.send([exportedRecord(1)], new AbortController().signal);
    await sink.close();
    const [half, whole] = readFileSync(path, 'utf8').split('\n');
    expect(half).toBe('{"key":"half');
    expect(parseJson(Buffer.from(whole ?? ''))).toMatchObject({ key: exportedRecord(1).key });
    rmSync(root, { recursive: true });
  });
});
