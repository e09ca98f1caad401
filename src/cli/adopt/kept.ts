import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText, isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { objects, textOf } from '../output.ts';

/** A document that adopting made, as it was made. */
export interface Made {
  readonly kind: string;
  readonly name: string;
  readonly digest: string;
  /** What stood there before: undone, it stands there again. */
  readonly before: JsonObject | undefined;
  /** Control said that it is made. Else it was asked to, and may have done it or may yet. */
  isSure: boolean;
}

/** What one adoption did, so that it can be undone. INVARIANT: written before and after each step. */
export interface Kept {
  readonly folder: string;
  readonly file: string;
  readonly mode: number;
  readonly original: string;
  /** Digest of what the client's file became; undefined while it was not touched. */
  rewritten: string | undefined;
  readonly made: Made[];
  readonly secrets: string[];
  /** The client has its file back: it is not touched again, whatever else is still taken out. */
  restored: boolean;
  undone: boolean;
}

export function adoptedFolder(home: string): string {
  return join(home, 'adopted');
}

/** The file as it is, in a copy that its owner alone can read: there are secrets in it. */
export function keep(home: string, file: string, bytes: Uint8Array): Kept {
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  const folder = join(adoptedFolder(home), `${stamp}-${randomBytes(3).toString('hex')}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const kept: Kept = {
    folder,
    file,
    mode: statSync(file).mode & 0o777,
    original: sha256Hex(bytes),
    rewritten: undefined,
    made: [],
    secrets: [],
    restored: false,
    undone: false,
  };
  writeFileSync(join(folder, 'original'), bytes, { mode: 0o600, flag: 'wx' });
  note(kept);
  return kept;
}

export function note({ folder, ...kept }: Kept): void {
  const text = canonicalText({
    ...kept,
    rewritten: kept.rewritten ?? null,
    made: kept.made.map((one) => ({ ...one, before: one.before ?? null })),
  });
  replaceFile(join(folder, 'adopted.json'), Buffer.from(text), 0o600);
}

/** The newest adoption of a file that was not undone; of any file when none is named. */
export function findKept(home: string, file: string | undefined): readonly Kept[] {
  const all = folders(adoptedFolder(home)).flatMap((folder) => {
    const one = readKept(folder);
    return one === undefined || one.undone ? [] : [one];
  });
  return all.filter((one) => file === undefined || one.file === file).toReversed();
}

function folders(home: string): readonly string[] {
  try {
    return readdirSync(home)
      .sort()
      .map((name) => join(home, name));
  } catch {
    return [];
  }
}

function readKept(folder: string): Kept | undefined {
  try {
    const value = parseJson(readFileSync(join(folder, 'adopted.json')));
    return isJsonObject(value) ? keptOf(folder, value) : undefined;
  } catch {
    return undefined;
  }
}

function keptOf(folder: string, value: JsonObject): Kept {
  const { rewritten, mode, secrets } = value;
  return {
    folder,
    file: textOf(value['file']),
    mode: typeof mode === 'number' ? mode : 0o600,
    original: textOf(value['original']),
    rewritten: typeof rewritten === 'string' ? rewritten : undefined,
    made: objects(value['made']).map((one) => ({
      kind: textOf(one['kind']),
      name: textOf(one['name']),
      digest: textOf(one['digest']),
      before: isJsonObject(one['before']) ? one['before'] : undefined,
      isSure: one['isSure'] !== false,
    })),
    secrets: Array.isArray(secrets) ? secrets.map((one) => textOf(one)) : [],
    restored: value['restored'] === true,
    undone: value['undone'] === true,
  };
}

/** The kept copy, when it is what was kept. */
export function originalOf({ folder, original }: Kept): Buffer | undefined {
  const bytes = readFileSync(join(folder, 'original'));
  return sha256Hex(bytes) === original ? bytes : undefined;
}

/** The old file or the new one, whatever happens in between. */
export function replaceFile(path: string, bytes: Uint8Array, mode: number): void {
  const fresh = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(fresh, bytes, { mode, flag: 'wx', flush: true });
  chmodSync(fresh, mode);
  renameSync(fresh, path);
}
