import { createGrowing } from '../../bytes/growing.ts';

const newline = 10;

/** Cuts a stream into lines. `push` answers false when a line is longer than the cap. */
export interface Lines {
  push(chunk: Buffer): boolean;
}

export function createLines(maxBytes: number, onLine: (line: Buffer) => void): Lines {
  const part = createGrowing();
  return {
    push(chunk) {
      let start = 0;
      for (;;) {
        const end = chunk.indexOf(newline, start);
        if (end === -1) break;
        if (part.length + end - start > maxBytes) return false;
        if (part.length === 0) onLine(chunk.subarray(start, end));
        else {
          part.add(chunk.subarray(start, end));
          onLine(part.take());
        }
        start = end + 1;
      }
      if (part.length + chunk.length - start > maxBytes) return false;
      if (start < chunk.length) part.add(chunk.subarray(start));
      return true;
    },
  };
}
