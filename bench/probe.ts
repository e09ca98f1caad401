import {
  closeSync,
  constants,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  rmSync,
  write,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const mib = 1024 * 1024;
const bytes = Buffer.alloc(1024, 'y');

export interface FlushProbe {
  /** One durable write of 1 KB. */
  write(): Promise<void>;
  close(): void;
}

/**
 * What the disk takes for one durable write: 1 KB with `O_DSYNC` into preallocated space, the same
 * call that the journal makes. Nothing that is durable can be faster.
 */
export function openFlushProbe(parent = tmpdir()): FlushProbe {
  const folder = mkdtempSync(join(parent, 'bench-probe-'));
  const file = join(folder, 'probe');
  preallocate(file);
  const fd = openSync(file, constants.O_RDWR | constants.O_DSYNC);
  let offset = 0;
  return {
    write() {
      offset = (offset + bytes.length) % (15 * mib);
      return new Promise((resolve, reject) => {
        write(fd, bytes, 0, bytes.length, offset, (error) => {
          if (error === null) resolve();
          else reject(error);
        });
      });
    },
    close() {
      closeSync(fd);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function preallocate(file: string): void {
  const fd = openSync(file, 'w');
  const zeros = Buffer.alloc(mib);
  for (let i = 0; i < 16; i += 1) writeSync(fd, zeros);
  fdatasyncSync(fd);
  closeSync(fd);
}
