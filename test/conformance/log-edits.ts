import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seeded } from '../fakes/seeded.ts';

/** One change to a log on disk that whoever verifies all of it must find. */
export interface LogEdit {
  readonly name: string;
  apply(folder: string): void;
}

/** What a verifier reads: the checkpoint, and of tiles and bundles those that the head speaks for. */
export function filesOf(folder: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return names.filter((name) => name === 'checkpoint' || name.startsWith('tile/')).sort();
}

/** Bytes that change, files that are cut or go away, and two records or tiles that change places. */
export function editsOf(folder: string, count: number, seed: number): readonly LogEdit[] {
  const random = seeded(seed);
  const files = filesOf(folder);
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const kinds = [() => flip(pick(files)), () => cut(pick(files)), () => swap(pick(bundles))];
  const bundles = files.filter((name) => name.startsWith('tile/entries/'));
  const flip = (name: string): LogEdit => {
    const at = random();
    const bit = Math.floor(random() * 8);
    return {
      name: `bit ${bit} of the byte at ${at.toFixed(4)} of ${name}`,
      apply: (of) => change(join(of, name), (bytes) => flipped(bytes, at, bit)),
    };
  };
  const cut = (name: string): LogEdit =>
    random() < 0.5
      ? { name: `without ${name}`, apply: (of) => rmSync(join(of, name)) }
      : { name: `${name} one byte shorter`, apply: (of) => change(join(of, name), shorter) };
  const swap = (name: string): LogEdit => ({
    name: `the first two records of ${name} in each other's place`,
    apply: (of) => change(join(of, name), swapped),
  });
  return Array.from({ length: count }, (_, i) => (kinds[i % kinds.length] ?? (() => flip('')))());
}

export function edited(folder: string, copy: string, edit: LogEdit): string {
  rmSync(copy, { recursive: true, force: true });
  cpSync(folder, copy, { recursive: true });
  edit.apply(copy);
  return copy;
}

const change = (path: string, by: (bytes: Buffer) => Buffer) =>
  writeFileSync(path, by(readFileSync(path)));

const shorter = (bytes: Buffer) => bytes.subarray(0, -1);

function flipped(bytes: Buffer, at: number, bit: number): Buffer {
  const place = Math.floor(at * bytes.length);
  bytes[place] = (bytes[place] ?? 0) ^ (1 << bit);
  return bytes;
}

function swapped(bytes: Buffer): Buffer {
  const first = 2 + bytes.readUInt16BE(0);
  const second = first + 2 + bytes.readUInt16BE(first);
  return Buffer.concat([
    bytes.subarray(first, second),
    bytes.subarray(0, first),
    bytes.subarray(second),
  ]);
}
