import * as fs from 'node:fs';
import { join } from 'node:path';

/** What a gap is told in, whole: of more, its beginning would be no gap at all. */
const size = 65_536;

export interface GapFile {
  read(): string | undefined;
  keep(text: string): void;
}

/**
 * A file of a fixed size beside the segments, made while there is room and written in place: so it takes no room when
 * there is none. Whoever cannot make or write it has its text in memory alone.
 */
export function openGapFile(folder: string): GapFile {
  const path = join(folder, 'gap');
  return {
    read() {
      try {
        makeIfMissing(path);
        return fs.readFileSync(path, 'latin1').replace(/[\0 ]+$/u, '');
      } catch {
        return undefined;
      }
    },
    keep(text) {
      const bytes = Buffer.alloc(size, ' ');
      if (Buffer.byteLength(text) > size) return;
      bytes.write(text);
      try {
        const fd = fs.openSync(path, 'r+');
        try {
          fs.writeSync(fd, bytes, 0, size, 0);
          fs.fdatasyncSync(fd);
        } finally {
          fs.closeSync(fd);
        }
      } catch {
        // The disk takes nothing: it is told by this life, or by none.
      }
    },
  };
}

function makeIfMissing(path: string): void {
  if (fs.existsSync(path) && fs.statSync(path).size === size) return;
  fs.mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
  fs.writeFileSync(path, Buffer.alloc(size, ' '), { mode: 0o600 });
  const fd = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
