import { join } from 'node:path';
import type { JournalPosition } from '#contracts/journal.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { DurableFolder, type LogFs } from './files.ts';

const usualName = 'integrated';
const form = /^bailiwick integrated 1\n([0-9a-f]{32}) (\d+) (\d+)\n([0-9a-f]{64})\n$/u;

/** How far the whole journal is in the logs; what lies before it may be dropped. */
export class CursorFile {
  readonly #files: DurableFolder;
  readonly #path: string;
  readonly #name: string;

  /** `succession` tells the logs apart that one journal has fed one after the other. */
  constructor(io: LogFs, folder: string, succession?: string) {
    this.#files = new DurableFolder(io, folder);
    this.#name = succession === undefined ? usualName : `${usualName}.${succession}`;
    this.#path = join(folder, this.#name);
  }

  get exists(): boolean {
    return this.#files.exists(this.#name);
  }

  load(journal: string): JournalPosition | undefined {
    const bytes = this.#files.read(this.#name);
    if (bytes === undefined) return undefined;
    const text = Buffer.from(bytes).toString('latin1');
    const [whole, id, segment, offset, sum] = form.exec(text) ?? [];
    if (whole === undefined || digest(whole.slice(0, -65)) !== sum || id !== journal) {
      throw new BailiwickError('audit/inconsistent', {
        message: `\`${this.#path}\` is damaged or belongs to another journal`,
      });
    }
    return { segment: Number(segment), offset: Number(offset) };
  }

  save(journal: string, position: JournalPosition): void {
    const body = `bailiwick integrated 1\n${journal} ${position.segment} ${position.offset}\n`;
    this.#files.commit(this.#name, Buffer.from(`${body}${digest(body)}\n`, 'latin1'));
  }
}

function digest(body: string): string {
  return sha256Hex(Buffer.from(body, 'latin1'));
}
