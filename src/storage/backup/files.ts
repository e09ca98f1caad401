import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { BailiwickError } from '#kernel/errors.ts';

/** What is made anew of the rest, or is of this machine and this moment alone. */
const leftOut: readonly RegExp[] = [
  /^(?:index|run|homes|packages|demo)(?:\/|$)/u,
  /^lock\.sqlite/u,
  /^stop\.room$/u,
  /\.(?:lock|tmp|new|partial)$/u,
];

export interface FileOnDisk {
  readonly name: string;
  readonly path: string;
  readonly size: number;
}

/** On the disk, or small and read already. */
export type FileToPack = FileOnDisk | { readonly name: string; readonly bytes: Uint8Array };

/** Of a data folder that nobody writes; one name after the other, in their order. */
export function* filesToPack(data: string): Generator<FileOnDisk> {
  for (const { name, path } of namesBelow(data)) yield { name, path, size: fs.statSync(path).size };
}

/** So large may be what programs note for themselves: it is read whole. */
const mostNotedBytes = 64 * 1024 * 1024;

/**
 * What programs note for themselves while they run, beside the rooms that are cut by other means: each of these files
 * is replaced as a whole. One may be gone by now.
 */
export function* notesToPack(data: string, rooms: readonly string[]): Generator<FileToPack> {
  for (const { name, path } of namesBelow(data)) {
    const [room = ''] = name.split('/');
    if (rooms.includes(room)) continue;
    const bytes = ifThere(() => readNote(name, path));
    if (bytes !== undefined) yield { name, bytes };
  }
}

function* namesBelow(data: string, below = ''): Generator<{ name: string; path: string }> {
  const entries = ifThere(() => fs.readdirSync(join(data, below), { withFileTypes: true })) ?? [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (leftOut.some((one) => one.test(name))) continue;
    if (entry.isDirectory()) yield* namesBelow(data, name);
    else if (entry.isFile()) yield { name, path: join(data, name) };
  }
}

function readNote(name: string, path: string): Uint8Array {
  if (fs.statSync(path).size <= mostNotedBytes) return fs.readFileSync(path);
  throw new BailiwickError('config/unreadable', {
    message: `\`${name}\` is too large to be copied while the instance runs`,
    suggestedAction: 'stop the instance, then take the backup',
  });
}

function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ENOENT') return undefined;
    throw fault;
  }
}

/** INVARIANT: as many bytes as were there when it was looked at. One that grows is noticed, and never followed. */
export async function* bytesOf({ name, path, size }: FileOnDisk): AsyncGenerator<Buffer> {
  let read = 0;
  // One byte more, if there is one.
  for await (const part of fs.createReadStream(path, { end: size }) as AsyncIterable<Buffer>) {
    read += part.length;
    if (read > size) break;
    yield part;
  }
  if (read === size) return;
  throw new BailiwickError('store/locked', {
    message: `\`${name}\` was written to meanwhile`,
    suggestedAction: 'take the backup again',
  });
}

/** Written whole and flushed, and its name with it. */
export async function writeWhole(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const file = fs.openSync(path, 'wx', 0o600);
  try {
    for await (const part of bytes) fs.writeFileSync(file, part);
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}

export function syncFolder(path: string): void {
  const folder = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(folder);
  } finally {
    fs.closeSync(folder);
  }
}
