import { join } from 'node:path';
import type { JournalPosition } from '#contracts/journal.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { DurableFolder, type LogFs } from './files.ts';

const name = 'integrated';
const form = /^bailiwick integrated 1\n([0-9a-f]{32}) (\d+) (\d+)\n([0-9a-f]{64})\n$/u;

/** How far the whole journal is in the logs; what lies before it may be dropped. */
export class CursorFile {
  readonly #files: DurableFolder;
  readonly #path: string;

  constructor(io: LogFs, folder: string) {
    this.#files = new DurableFolder(io, folder);
    this.#path = join(folder, name);
  }

  load(journal: string): JournalPosition | undefined {
    const bytes = this.#files.read(name);
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
    this.#files.put(name, Buffer.from(`${body}${digest(body)}\n`, 'latin1'));
    this.#files.settle();
  }
}

function digest(body: string): string {
  return sha256Hex(Buffer.from(body, 'latin1'));
}
