import { writeSync } from 'node:fs';
import { type JournalFs, nodeJournalFs, openFlags } from './fs.ts';

type Fault = NodeJS.ErrnoException;

export const errno = (code: string): Fault => Object.assign(new Error(code), { code });

/** How much of a write that fails reaches the disk all the same. */
export type Landed = 'nothing' | 'half' | 'all';

/** A real folder on a disk that fails when told to. */
export class FaultyDisk {
  /** So many writes from now on fail. */
  failWrites = { left: 0, fault: errno('EIO'), landed: 'nothing' as Landed };
  /** So many writes from now on are cut short. */
  shortWrites = 0;
  failFolderSyncs = 0;
  failRenames = 0;
  failReads = 0;
  /** Nothing new finds room; what is there already can be written. */
  full = false;
  /** As a quota does it: nobody says so beforehand. */
  fullUnseen = false;
  keepsTails = false;
  /** Somebody looks at the disk between the failure of a write and its answer. */
  onFailure: () => void = () => undefined;
  /** Writes to a file after a write to it had failed: there must be none. */
  writesAfterFailure = 0;
  readonly #failed = new Set<number>();
  readonly #folders = new Set<number>();

  readonly io: JournalFs = {
    ...nodeJournalFs,
    open: (path, flags) => {
      if ((this.full || this.fullUnseen) && flags === openFlags.create) throw errno('ENOSPC');
      const fd = nodeJournalFs.open(path, flags);
      if (flags === openFlags.read && !path.endsWith('.wal')) this.#folders.add(fd);
      return fd;
    },
    close: (fd) => {
      this.#folders.delete(fd);
      this.#failed.delete(fd);
      nodeJournalFs.close(fd);
    },
    free: (folder) => (this.full ? 0 : nodeJournalFs.free(folder)),
    write: (fd, bytes, span, done) => {
      const { failWrites } = this;
      const failed = failWrites.left > 0;
      if (this.#failed.has(fd)) this.writesAfterFailure += 1;
      if (failed || this.shortWrites > 0) this.#failed.add(fd);
      if (failed) {
        failWrites.left -= 1;
        this.#land(fd, bytes, span);
        setImmediate(() => {
          this.onFailure();
          done(failWrites.fault, 0);
        });
      } else if (this.shortWrites > 0) {
        this.shortWrites -= 1;
        nodeJournalFs.write(fd, bytes, { ...span, length: span.length - 1 }, done);
      } else nodeJournalFs.write(fd, bytes, span, done);
    },
    sync: (fd) => {
      if (this.#folders.has(fd) && this.failFolderSyncs > 0) {
        this.failFolderSyncs -= 1;
        throw errno('EIO');
      }
      nodeJournalFs.sync(fd);
    },
    rename: (from, to) => {
      if (this.failRenames > 0) {
        this.failRenames -= 1;
        throw errno('EIO');
      }
      nodeJournalFs.rename(from, to);
    },
    truncate: (fd, length) => {
      if (this.keepsTails) throw errno('EIO');
      nodeJournalFs.truncate(fd, length);
    },
  };

  /** From now on so many writes fail like this. */
  breaks(left: number, code = 'EIO', landed: Landed = 'nothing'): void {
    this.failWrites = { left, fault: errno(code), landed };
  }

  #land(fd: number, bytes: Uint8Array, span: { start: number; length: number; position: number }) {
    const { landed } = this.failWrites;
    if (landed === 'nothing') return;
    const length = landed === 'all' ? span.length : Math.floor(span.length / 2);
    writeSync(fd, bytes, span.start, length, span.position);
  }
}
