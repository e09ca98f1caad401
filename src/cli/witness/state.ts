import * as fs from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, type Json, parseJson } from '#kernel/json/index.ts';
import type { Checkpoint, WitnessedHead } from '#tlog/index.ts';

/** The folder of a witness: its key, what it remembers of each log, one line for each cosignature. */
export interface WitnessState {
  /** PKCS#8, DER. */
  readonly key: Buffer;
  last(origin: string): WitnessedHead | undefined;
  /** How many logs it remembers. */
  readonly logs: number;
  /** INVARIANT: durable when it returns. */
  keep(head: Checkpoint): void;
  /** For whoever verifies later: what was cosigned, in order. */
  note(line: string): void;
  close(): void;
}

const files = { key: 'witness.key', heads: 'heads.json', lines: 'cosigned.log' } as const;

/** INVARIANT: a key without its memory, or a memory that cannot be read, is never gone on with. */
export function openWitnessState(folder: string): WitnessState {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = holdAlone(folder);
  try {
    begin(folder);
    return new FolderState(folder, lock);
  } catch (fault) {
    lock.close();
    throw fault;
  }
}

/** A lock of the operating system, gone with the process. Two with one memory could cosign a fork. */
function holdAlone(folder: string): DatabaseSync {
  const lock = new DatabaseSync(join(folder, 'lock'), { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return lock;
  } catch {
    lock.close();
    throw new BailiwickError('config/unreadable', {
      message: `another witness uses \`${folder}\``,
      suggestedAction: 'name another folder with `--state`, or stop that one',
    });
  }
}

function begin(folder: string): void {
  const known = readIfThere(join(folder, files.key));
  const memory = readIfThere(join(folder, files.heads));
  if ((known === undefined) !== (memory === undefined)) {
    throw unreadable(`\`${folder}\` has ${known === undefined ? 'no key' : 'no memory'} any more`);
  }
  if (known === undefined) {
    // The memory first: a crash in between leaves a folder that is refused, not one that forgot.
    replace(join(folder, files.heads), encode(new Map()));
    replace(join(folder, files.key), newKey());
  }
}

function newKey(): Buffer {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ format: 'der', type: 'pkcs8' });
}

class FolderState implements WitnessState {
  readonly key: Buffer;
  readonly #folder: string;
  readonly #heads: Map<string, WitnessedHead>;
  readonly #lock: DatabaseSync;

  constructor(folder: string, lock: DatabaseSync) {
    this.#folder = folder;
    this.#lock = lock;
    this.key = fs.readFileSync(join(folder, files.key));
    this.#heads = decode(fs.readFileSync(join(folder, files.heads)), folder);
  }

  get logs(): number {
    return this.#heads.size;
  }

  last(origin: string): WitnessedHead | undefined {
    return this.#heads.get(origin);
  }

  keep({ origin, size, root }: Checkpoint): void {
    const next = new Map(this.#heads).set(origin, { size, root });
    replace(join(this.#folder, files.heads), encode(next));
    this.#heads.set(origin, { size, root });
  }

  note(line: string): void {
    fs.appendFileSync(join(this.#folder, files.lines), `${line}\n`, { mode: 0o600 });
  }

  close(): void {
    this.#lock.close();
  }
}

function encode(heads: ReadonlyMap<string, WitnessedHead>): Buffer {
  const logs = [...heads].map(([origin, { size, root }]) => ({
    origin,
    size,
    root: Buffer.from(root).toString('base64'),
  }));
  return Buffer.from(`${JSON.stringify({ schema: 1, logs }, undefined, 1)}\n`, 'utf8');
}

function decode(bytes: Uint8Array, folder: string): Map<string, WitnessedHead> {
  const content = parsed(bytes);
  const logs = isJsonObject(content) && content['schema'] === 1 ? content['logs'] : undefined;
  if (!Array.isArray(logs)) throw unreadable(`the memory in \`${folder}\` is damaged`);
  return new Map((logs as readonly Json[]).map((one) => headOf(one, folder)));
}

function parsed(bytes: Uint8Array): Json | undefined {
  try {
    return parseJson(bytes);
  } catch {
    return undefined;
  }
}

function headOf(one: Json, folder: string): [string, WitnessedHead] {
  const { origin, size, root } = isJsonObject(one) ? one : {};
  const hash = typeof root === 'string' ? Buffer.from(root, 'base64') : Buffer.alloc(0);
  if (typeof origin === 'string' && Number.isSafeInteger(size) && hash.length === 32) {
    return [origin, { size: Number(size), root: hash }];
  }
  throw unreadable(`the memory in \`${folder}\` is damaged`);
}

function unreadable(message: string): BailiwickError {
  return new BailiwickError('config/unreadable', {
    message,
    suggestedAction: 'put the whole folder back as it was last, or begin a new witness elsewhere',
  });
}

function readIfThere(path: string): Buffer | undefined {
  return fs.existsSync(path) ? fs.readFileSync(path) : undefined;
}

/** The old file or the new one, whenever the machine stops. */
function replace(path: string, bytes: Uint8Array): void {
  const file = fs.openSync(`${path}.new`, 'w', 0o600);
  try {
    fs.writeFileSync(file, bytes);
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
  fs.renameSync(`${path}.new`, path);
  const folder = fs.openSync(join(path, '..'), 'r');
  try {
    fs.fsyncSync(folder);
  } finally {
    fs.closeSync(folder);
  }
}
