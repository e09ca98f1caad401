import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import { sealed } from './age-body.ts';
import type { SealFor } from './age-header.ts';
import { bytesOf, type FileToPack, syncFolder, writeWhole } from './files.ts';
import { type BackupFacts, mostNoteBytes, mostSumsBytes, noteName, sumsName } from './manifest.ts';
import { tarEnd, tarHead, tarPadding } from './tar.ts';

export interface TakeBackup {
  readonly data: string;
  /** INVARIANT: one cut of it: nobody writes there meanwhile, or each is as of one moment for other reasons. */
  readonly files: Iterable<FileToPack> | AsyncIterable<FileToPack>;
  readonly file: string;
  /** Undefined: in plain. */
  readonly to: SealFor | undefined;
  readonly version: string;
  readonly schema: number;
  readonly takenAt: string;
  /** Makes a signed note of one line of facts. */
  readonly sign: (facts: string) => string;
  readonly progress: (files: number, bytes: number) => void;
  /** It is whole, and has no name yet: it gets none where this throws. */
  readonly whole?: (facts: BackupFacts) => Promise<void>;
}

/** One file, there whole or not at all: a tar that any tar reads, sealed as age does where somebody is named. */
export async function takeBackup(take: TakeBackup): Promise<BackupFacts> {
  if (fs.existsSync(take.file)) {
    throw new BailiwickError('config/unreadable', {
      message: `\`${take.file}\` is there already`,
      suggestedAction: 'name a file that is not there yet',
    });
  }
  refuseBelow(take);
  const partial = `${take.file}.partial`;
  fs.rmSync(partial, { force: true });
  const packing = new Packing(take);
  const bytes = packing.bytes();
  try {
    await writeWhole(partial, take.to === undefined ? bytes : sealed(bytes, take.to));
    await take.whole?.(packing.facts);
    fs.renameSync(partial, take.file);
  } catch (fault) {
    fs.rmSync(partial, { force: true });
    throw fault;
  }
  syncFolder(dirname(take.file));
  return packing.facts;
}

/** INVARIANT: a backup reads what it writes nowhere, through no link either. */
function refuseBelow({ data, file }: TakeBackup): void {
  const way = relative(fs.realpathSync(data), realPlace(resolve(file)));
  if (way === '..' || way.startsWith('../')) return;
  throw new BailiwickError('config/unreadable', {
    message: `\`${file}\` lies in the data folder that is to be backed up`,
    suggestedAction: 'name a file outside of it, on another disk if there is one',
  });
}

/** Of what is not there yet: where the nearest folder that is there truly lies. */
function realPlace(path: string): string {
  return fs.existsSync(path)
    ? fs.realpathSync(path)
    : join(realPlace(dirname(path)), basename(path));
}

class Packing {
  readonly #take: TakeBackup;
  readonly #sums: string[] = [];
  readonly #logs: Record<string, number> = {};
  #bytes = 0;

  constructor(take: TakeBackup) {
    this.#take = take;
  }

  get facts(): BackupFacts {
    const { takenAt, version, schema } = this.#take;
    const files = this.#sums.length;
    const sums = sha256Hex(Buffer.from(this.#sums.join('')));
    return { takenAt, version, schema, files, bytes: this.#bytes, sums, logs: this.#logs };
  }

  async *bytes(): AsyncGenerator<Uint8Array> {
    for await (const file of this.#take.files) {
      yield* this.#file(file);
      this.#take.progress(this.#sums.length, this.#bytes);
    }
    const sums = Buffer.from(this.#sums.join(''));
    const facts = { form: 1, ...this.facts, logs: { ...this.#logs } };
    const note = Buffer.from(this.#take.sign(canonicalText(facts)));
    if (sums.length > mostSumsBytes || note.length > mostNoteBytes) {
      throw new BailiwickError('config/unreadable', {
        message: 'there are more files than one backup holds',
        suggestedAction: 'keep the logs in an archive, and prune what it has',
      });
    }
    yield* whole(sumsName, sums);
    yield* whole(noteName, note);
    yield tarEnd();
  }

  async *#file(file: FileToPack): AsyncGenerator<Uint8Array> {
    const { name } = file;
    const size = 'bytes' in file ? file.bytes.length : file.size;
    yield tarHead(name, size);
    const digest = createHash('sha256');
    for await (const part of 'bytes' in file ? [file.bytes] : bytesOf(file)) {
      digest.update(part);
      yield part;
    }
    yield tarPadding(size);
    this.#sums.push(`${digest.digest('hex')}  ${name}\n`);
    this.#bytes += size;
    if (/^log\/[^/]+\/[^/]+\/[^/]+\/checkpoint$/u.test(name)) {
      this.#noteHead('bytes' in file ? file.bytes : fs.readFileSync(file.path));
    }
  }

  #noteHead(checkpoint: Uint8Array): void {
    const [origin = '', size = ''] = Buffer.from(checkpoint).toString('utf8').split('\n');
    this.#logs[origin] = Number(size);
  }
}

function* whole(name: string, bytes: Buffer): Generator<Uint8Array> {
  yield tarHead(name, bytes.length);
  yield bytes;
  yield tarPadding(bytes.length);
}
