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

export interface FileToPack {
  readonly name: string;
  readonly path: string;
  readonly size: number;
}

/** Of a data folder that nobody writes; one name after the other, in their order. */
export function* filesToPack(data: string, below = ''): Generator<FileToPack> {
  const entries = fs.readdirSync(join(data, below), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (leftOut.some((one) => one.test(name))) continue;
    const path = join(data, name);
    if (entry.isDirectory()) yield* filesToPack(data, name);
    else if (entry.isFile()) yield { name, path, size: fs.statSync(path).size };
  }
}

/** INVARIANT: as many bytes as were there when it was looked at. One that grows is noticed, and never followed. */
export async function* bytesOf({ name, path, size }: FileToPack): AsyncGenerator<Buffer> {
  let read = 0;
  // One byte more, if there is one.
  for await (const part of fs.createReadStream(path, { end: size }) as AsyncIterable<Buffer>) {
    read += part.length;
    if (read > size) break;
    yield part;
  }
  if (read === size) return;
  throw new BailiwickError('store/locked', { message: `\`${name}\` was written to meanwhile` });
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
