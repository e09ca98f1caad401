import { createHash } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { canonicalText, isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';

/** How far an export came: which question it answers, where its next page begins, how long its files were. */
export interface ExportProgress {
  readonly question: string;
  readonly next: string | undefined;
  readonly records: number;
  readonly annotations: number;
  readonly annotationsCut: boolean;
  readonly sizes: Readonly<Record<string, number>>;
}

export const nothingYet = { records: 0, annotations: 0, annotationsCut: false } as const;

interface Begun {
  readonly question: string;
  readonly next?: string | undefined;
  readonly records: number;
  readonly annotations: number;
  readonly annotationsCut: boolean;
}

/**
 * Files that grow page by page. INVARIANT: after a kill they are cut back to the last page that was whole, and go
 * on from there; no record is in them twice.
 */
export class ExportFiles {
  readonly #progressFile: string;
  readonly #paths: Readonly<Record<string, string>>;

  constructor(progressFile: string, paths: Readonly<Record<string, string>>) {
    this.#progressFile = progressFile;
    this.#paths = paths;
  }

  /** Undefined when nothing was begun; nothing is touched yet, since it may be of another question. */
  before(): ExportProgress | undefined {
    if (!existsSync(this.#progressFile)) return undefined;
    const read = parseJson(readFileSync(this.#progressFile));
    if (!isJsonObject(read) || !isJsonObject(read['sizes'])) return undefined;
    const { question, next, records } = read;
    const said = typeof question === 'string' ? question : '';
    // INVARIANT: whoever asks from the start begins with empty files, whatever stood there.
    if (typeof next !== 'string') {
      return { question: said, next: undefined, ...nothingYet, sizes: {} };
    }
    const sizes: Record<string, number> = {};
    for (const name of Object.keys(this.#paths)) sizes[name] = Number(read['sizes'][name] ?? 0);
    const counts = {
      records: Number(records),
      annotations: Number(read['annotations'] ?? 0),
      annotationsCut: read['annotationsCut'] === true,
    };
    return { question: said, next, ...counts, sizes };
  }

  cutBack({ sizes }: ExportProgress): void {
    for (const [name, path] of Object.entries(this.#paths)) {
      if (existsSync(path)) truncateSync(path, sizes[name] ?? 0);
    }
  }

  append(name: string, text: string): void {
    const path = this.#paths[name];
    if (path !== undefined && text !== '') appendFileSync(path, text, { mode: 0o600 });
  }

  /** All that was appended is on the disk before the next page is asked for. */
  save({ next, ...begun }: Begun): void {
    const sizes = this.flush();
    const fresh = `${this.#progressFile}.new`;
    writeFileSync(fresh, canonicalText({ ...begun, next: next ?? null, sizes }), { mode: 0o600 });
    renameSync(fresh, this.#progressFile);
  }

  flush(): Record<string, number> {
    const sizes: Record<string, number> = {};
    for (const [name, path] of Object.entries(this.#paths)) {
      if (!existsSync(path)) continue;
      const file = openSync(path, 'r+');
      fsyncSync(file);
      closeSync(file);
      sizes[name] = statSync(path).size;
    }
    return sizes;
  }

  done(): void {
    rmSync(this.#progressFile, { force: true });
  }
}

/** Read in steps: an export may be larger than memory. */
export function fileDigest(path: string): JsonObject {
  const hash = createHash('sha256');
  const file = openSync(path, 'r');
  const step = Buffer.allocUnsafe(1_048_576);
  let bytes = 0;
  try {
    for (;;) {
      const count = readSync(file, step, 0, step.length, null);
      if (count === 0) break;
      hash.update(step.subarray(0, count));
      bytes += count;
    }
  } finally {
    closeSync(file);
  }
  return { sha256: hash.digest('hex'), bytes };
}
