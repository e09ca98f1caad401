import { join } from 'node:path';
import { type JournalFs, openFlags, syncFolder } from './fs.ts';
import { chunkBytes, prepareSpare, type Spare } from './segment.ts';

const fileName = 'reserve';

/**
 * Space that is on disk before it is needed, beside the segments: when no segment can be begun any
 * more, what takes privilege away is written here. It outlives restarts until it is used.
 */
export class Reserve {
  readonly #io: JournalFs;
  readonly #folder: string;
  readonly bytes: number;
  #making: Promise<void> | undefined;

  constructor(io: JournalFs, folder: string, bytes: number) {
    this.#io = io;
    this.#folder = folder;
    this.bytes = bytes;
  }

  /** Makes it where it is missing; where it cannot be made now, the next time will try again. */
  keep(): Promise<void> {
    this.#making ??= this.#make().finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  /** No longer than it is being made. */
  async idle(): Promise<void> {
    await this.#making;
  }

  async #make(): Promise<void> {
    try {
      if (this.#isThere()) return;
      const spare = await prepareSpare(this.#io, this.#folder, this.bytes, chunkBytes.meanwhile);
      this.#io.close(spare.fd);
      this.#io.rename(spare.path, join(this.#folder, fileName));
      syncFolder(this.#io, this.#folder);
    } catch {
      // What is there so far goes with the next start.
    }
  }

  /** As a spare of its size; it is gone from here once it is a segment. */
  async take(): Promise<Spare | undefined> {
    await this.#making;
    if (!this.#isThere()) return undefined;
    const path = join(this.#folder, fileName);
    return { path, fd: this.#io.open(path, openFlags.append) };
  }

  /** One of another size was made by other settings: it serves as it is only when it is large enough. */
  #isThere(): boolean {
    if (!this.#io.list(this.#folder).includes(fileName)) return false;
    const fd = this.#io.open(join(this.#folder, fileName), openFlags.read);
    try {
      return this.#io.size(fd) >= this.bytes;
    } finally {
      this.#io.close(fd);
    }
  }
}
