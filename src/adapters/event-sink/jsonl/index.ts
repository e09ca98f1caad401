import { type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import {
  type ExportedRecord,
  jsonBody,
  type SinkKind,
  takenAll,
  takenLater,
} from '#contracts/event-sink.ts';
import { canonicalText } from '#kernel/json/index.ts';

const spec = z.strictObject({
  path: z.string().startsWith('/'),
  rotateBytes: z.int().min(1_024).max(1_099_511_627_776).default(104_857_600),
  keep: z.int().min(1).max(1_000).default(10),
});

/**
 * Lines in a file of this machine, for whoever collects them from there: `{"key", "record"}`. INVARIANT: a line
 * is on disk before it is settled. A full file becomes `PATH.1`, that `PATH.2`, and so on; what is older than
 * `keep` is written over.
 */
export const jsonlSink: SinkKind<typeof spec.shape> = {
  kind: 'jsonl',
  spec,
  placeOf: ({ path }) => path,
  open({ path, rotateBytes, keep }) {
    let file: FileHandle | undefined;
    let size = 0;
    const opened = async (): Promise<FileHandle> => {
      if (file !== undefined && size < rotateBytes) return file;
      const isFull = file !== undefined;
      await file?.close();
      file = undefined;
      if (isFull) await rotate(path, keep);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const begun = await open(path, 'a', 0o600);
      ({ size } = await begun.stat());
      file = begun;
      return begun;
    };
    return {
      most: { records: 256, bytes: 4_194_304 },
      async send(batch) {
        try {
          const to = await opened();
          const bytes = Buffer.from(batch.map(lineOf).join(''), 'utf8');
          // What a full disk took half of begins a line of its own: half a line is no record.
          const isWhole = size === 0 || (await endsWhole(path, size));
          await to.writeFile(isWhole ? bytes : Buffer.concat([newline, bytes]));
          await to.sync();
          ({ size } = await to.stat());
          return takenAll(batch.length);
        } catch (fault) {
          await file?.close().catch(() => undefined);
          file = undefined;
          return takenLater(`the file cannot be written: ${codeOf(fault)}`);
        }
      },
      async close() {
        await file?.close();
        file = undefined;
      },
    };
  },
};

const newline = Buffer.from('\n');

function lineOf(one: ExportedRecord): string {
  return `{"key":${canonicalText(one.key)},"${one.form}":${jsonBody(one)}}\n`;
}

async function endsWhole(path: string, size: number): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer[0] === 0x0a;
  } finally {
    await file.close();
  }
}

async function rotate(path: string, keep: number): Promise<void> {
  for (let at = keep - 1; at >= 1; at -= 1) {
    if (await isThere(`${path}.${at}`)) await rename(`${path}.${at}`, `${path}.${at + 1}`);
  }
  await rename(path, `${path}.1`);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (fault) {
    if (codeOf(fault) === 'ENOENT') return false;
    throw fault;
  }
}

function codeOf(fault: unknown): string {
  return fault instanceof Error && 'code' in fault ? String(fault.code) : 'fault';
}
