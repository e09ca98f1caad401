import { createHash, type Hash } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { BailiwickError } from '#kernel/errors.ts';

const noteName = 'pack.note';
/** Nothing longer is a note, or a list. */
const mostBytes = { note: 64 * 1024, list: 1024 * 1024 };

interface Written {
  readonly file: number;
  readonly hash: Hash;
  bytes: number;
}

/**
 * A folder of packs, `PACK/PERIOD`. INVARIANT: the folder itself is never made: a disk that is not mounted is told,
 * and not written beside.
 */
export function openEvidencePlace(folder: string) {
  if (!fs.existsSync(folder)) {
    throw new BailiwickError('config/unreadable', {
      message: `the folder \`${folder}\` for evidence is not there`,
      suggestedAction: 'make it, or mount it; what is due is made then',
    });
  }
  return {
    names(pack: string): readonly string[] {
      const place = join(folder, pack);
      if (!fs.existsSync(place)) return [];
      return fs.readdirSync(place).filter((name) => !name.endsWith('.partial'));
    },
    note(pack: string, period: string): Uint8Array | undefined {
      return smallFile(join(folder, pack, period, noteName), mostBytes.note);
    },
    list(pack: string, period: string): Uint8Array | undefined {
      return smallFile(join(folder, pack, period, 'pack.json'), mostBytes.list);
    },
    /** Its name goes first, at once; what a crash leaves of it is nobody's pack. */
    remove(pack: string, period: string): void {
      const place = join(folder, pack, period);
      const gone = `${place}.partial`;
      fs.rmSync(gone, { recursive: true, force: true });
      fs.renameSync(place, gone);
      syncFolder(join(folder, pack));
      fs.rmSync(gone, { recursive: true, force: true });
    },
    begin: (pack: string, period: string) => new FolderDraft(join(folder, pack, period)),
  };
}

function smallFile(path: string, most: number): Uint8Array | undefined {
  const facts = fs.statSync(path, { throwIfNoEntry: false });
  return facts?.isFile() === true && facts.size <= most ? fs.readFileSync(path) : undefined;
}

/** Written beside, and named last. What a killed run left is taken away by the next. */
class FolderDraft {
  readonly #place: string;
  readonly #beside: string;
  readonly #written = new Map<string, Written>();
  #isOpen = true;

  constructor(place: string) {
    this.#place = place;
    this.#beside = `${place}.partial`;
    refuseTaken(place);
    fs.rmSync(this.#beside, { recursive: true, force: true });
    fs.mkdirSync(this.#beside, { recursive: true, mode: 0o700 });
  }

  readonly append = (path: string, text: string): void => {
    const one = this.#of(path);
    const bytes = Buffer.from(text);
    fs.writeFileSync(one.file, bytes);
    one.hash.update(bytes);
    one.bytes += bytes.length;
  };

  files(): Readonly<Record<string, { readonly sha256: string; readonly bytes: number }>> {
    const facts = [...this.#written].map(([path, { hash, bytes }]) => {
      return [path, { sha256: hash.copy().digest('hex'), bytes }] as const;
    });
    return Object.fromEntries(facts);
  }

  settle(): void {
    const folders = new Set<string>([this.#beside]);
    for (const [path, { file }] of this.#written) {
      fs.fsyncSync(file);
      folders.add(dirname(join(this.#beside, path)));
    }
    this.#close();
    for (const folder of folders) syncFolder(folder);
    refuseTaken(this.#place);
  }

  isSettled(): boolean {
    return !this.#isOpen && fs.existsSync(join(this.#beside, noteName));
  }

  finish(): void {
    refuseTaken(this.#place);
    fs.renameSync(this.#beside, this.#place);
    syncFolder(dirname(this.#place));
  }

  abandon(): void {
    this.#close();
    fs.rmSync(this.#beside, { recursive: true, force: true });
  }

  #of(path: string): Written {
    const there = this.#written.get(path);
    if (there !== undefined) return there;
    const at = join(this.#beside, path);
    fs.mkdirSync(dirname(at), { recursive: true, mode: 0o700 });
    const made = { file: fs.openSync(at, 'wx', 0o600), hash: createHash('sha256'), bytes: 0 };
    this.#written.set(path, made);
    return made;
  }

  #close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const { file } of this.#written.values()) fs.closeSync(file);
  }
}

function refuseTaken(place: string): void {
  if (fs.lstatSync(place, { throwIfNoEntry: false }) === undefined) return;
  throw new BailiwickError('config/unreadable', {
    message: `\`${place}\` is taken, and no pack of that period that was signed here`,
    suggestedAction: 'find out who wrote it, and move it away; the pack is made then',
  });
}

function syncFolder(path: string): void {
  const folder = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(folder);
  } finally {
    fs.closeSync(folder);
  }
}
