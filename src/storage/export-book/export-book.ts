import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { ExportBook } from '#contracts/export-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText, isJsonObject, type Json, parseJson } from '#kernel/json/index.ts';

const cursorFile = z.strictObject({
  version: z.literal(1),
  sink: z.string(),
  logs: z.record(
    z.string(),
    z.strictObject({ next: z.int().min(1), last: z.string().regex(/^[0-9a-f]{64}$/u) }),
  ),
});
const configuredFile = z.strictObject({
  version: z.literal(1),
  sinks: z.record(z.string(), z.string()),
});

const mostBytes = 4_194_304;

/** A file for each sink in `DATA/export`, replaced whole, and one to which its dead letters are added. */
export function openExportBook(folder: string): ExportBook {
  const cursorsOf = (sink: string) => join(folder, `${sink}.json`);
  const lettersOf = (sink: string) => join(folder, `${sink}.dead.jsonl`);
  const configured = join(folder, '.configured.json');
  return {
    async cursors(sink) {
      const kept = await readWhole(cursorsOf(sink), cursorFile);
      if (kept !== undefined && kept.sink !== sink) throw unreadable(cursorsOf(sink));
      return kept?.logs ?? {};
    },
    keep: (sink, logs) => replace(cursorsOf(sink), { version: 1, sink, logs }),
    async bury(sink, letters) {
      const before = await readIfThere(lettersOf(sink));
      const there = keysIn(before);
      const fresh = letters.filter(({ key }) => !there.has(key) && there.add(key));
      if (fresh.length === 0) return 0;
      const lines = fresh.map((one) => `${canonicalText(one as unknown as Json)}\n`);
      const isCut = before !== undefined && before.length > 0 && before.at(-1) !== 0x0a;
      await append(lettersOf(sink), `${isCut ? '\n' : ''}${lines.join('')}`);
      return fresh.length;
    },
    async buried(sink) {
      const text = await readIfThere(lettersOf(sink));
      return text?.toString('utf8').split('\n').filter(Boolean).length ?? 0;
    },
    configured: async () => (await readWhole(configured, configuredFile))?.sinks ?? {},
    keepConfigured: (sinks) => replace(configured, { version: 1, sinks }),
  };
}

/** A line that a stop cut has no key: its letter is put again. */
function keysIn(bytes: Buffer | undefined): Set<string> {
  const keys = new Set<string>();
  for (const line of bytes?.toString('utf8').split('\n') ?? []) {
    const key = keyOf(line);
    if (key !== undefined) keys.add(key);
  }
  return keys;
}

function keyOf(line: string): string | undefined {
  try {
    const read = parseJson(Buffer.from(line));
    const key = isJsonObject(read) ? read['key'] : undefined;
    return typeof key === 'string' ? key : undefined;
  } catch {
    return undefined;
  }
}

async function readWhole<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const bytes = await readIfThere(path);
  if (bytes === undefined) return undefined;
  try {
    return schema.parse(parseJson(bytes, { maxBytes: mostBytes }));
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause?: unknown): BailiwickError {
  return new BailiwickError('audit/cursor-unreadable', {
    message: `\`${path}\` is not what was written there`,
    ...(cause === undefined ? {} : { cause }),
  });
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ENOENT') return undefined;
    throw fault;
  }
}

/** The old file or the new one, whenever the machine stops. */
async function replace(path: string, value: object): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(`${canonicalText(value as unknown as Json)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  await syncFolder(path);
}

async function append(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, 'a', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolder(path);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
