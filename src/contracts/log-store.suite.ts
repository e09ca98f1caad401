import { describe, expect, it } from 'vitest';
import type { LogFrame, LogReader, LogWriter } from './log-store.ts';

/** One log that can be opened again, as after a restart. */
export interface LogUnderTest {
  writer(): LogWriter;
  reader(): LogReader;
  sha256(bytes: Uint8Array): string;
}

const journal = 'ab'.repeat(16);

/** Canonical records whose ids grow with time, a few of them out of order as in life. */
export function recordFrames(count: number, from = 0): LogFrame[] {
  return Array.from({ length: count }, (_, i) => {
    const number = from + i;
    return {
      kind: 'leaf',
      bytes: Buffer.from(
        `{"details":{"id":"no"},"id":"${recordId(number)}","n":${number}}`,
        'utf8',
      ),
      position: { segment: 1, offset: 5000 + number * 100 },
    };
  });
}

export function recordId(number: number): string {
  const shuffled = number - (number % 7) + ((number * 3) % 7);
  const time = (1_790_000_000_000 + shuffled * 40).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${number.toString(16).padStart(12, '0')}`;
}

/** The promises of `contracts/log-store`; every implementation runs them first. */
export function logStoreSuite(name: string, make: () => LogUnderTest): void {
  describe(`the log contract, kept by ${name}`, () => {
    it('shows nothing before a checkpoint is signed, and then everything', () => {
      const log = make();
      const writer = log.writer();
      expect(log.reader().head()).toBeUndefined();
      const frames = recordFrames(700);
      writer.append(journal, frames);
      expect(log.reader().head()).toBeUndefined();
      const head = writer.publish();
      expect(head.size).toBe(700);
      expect(log.reader().head()).toMatchObject({ size: 700, origin: writer.origin });
      const entries = log.reader().range(0, 10_000);
      expect(entries.map((one) => Buffer.from(one.bytes).toString('utf8'))).toEqual(
        frames.map((one) => Buffer.from(one.bytes).toString('utf8')),
      );
      expect(
        log
          .reader()
          .range(250, 260)
          .map((one) => one.index),
      ).toEqual([250, 251, 252, 253, 254, 255, 256, 257, 258, 259]);
    });

    it('passes over frames that it holds already, also after it was opened again', () => {
      const log = make();
      const frames = recordFrames(600);
      let writer = log.writer();
      for (let at = 0; at < frames.length; at += 130) {
        writer.append(journal, frames.slice(0, at + 130));
        if (at % 3 === 0) writer.publish();
        writer = log.writer();
        expect(writer.size).toBe(Math.min(600, at + 130));
      }
      writer.append(journal, frames);
      expect(writer.publish().size).toBe(600);
      const ids = log
        .reader()
        .range(0, 1000)
        .map((one) => Buffer.from(one.bytes).toString('utf8'));
      expect(new Set(ids).size).toBe(600);
      expect(writer.integrated).toEqual({ journal, position: frames.at(-1)?.position });
    });

    it('has the same root whatever the sizes of the batches', () => {
      const frames = recordFrames(530);
      const roots = [1, 7, 256, 530].map((batch) => {
        const writer = make().writer();
        for (let at = 0; at < frames.length; at += batch) {
          writer.append(journal, frames.slice(at, at + batch));
        }
        return Buffer.from(writer.publish().root).toString('hex');
      });
      expect(new Set(roots).size).toBe(1);
    });

    it('finds every record by its id, and none that is not there', () => {
      const log = make();
      const writer = log.writer();
      writer.append(journal, recordFrames(900));
      writer.publish();
      const reader = log.reader();
      const wrong = Array.from({ length: 900 }, (_, i) => i).filter(
        (i) => reader.find(recordId(i)) !== i,
      );
      expect(wrong).toEqual([]);
      expect(reader.find(recordId(900))).toBeUndefined();
      expect(reader.find(recordId(400).replace(/.$/u, 'f'))).toBeUndefined();
      expect(reader.find('no id')).toBeUndefined();
    });

    it('keeps sealed bodies with their record, small and large, across restarts', () => {
      const log = make();
      const bodies = new Map<number, Buffer>();
      const frames = recordFrames(700).flatMap((leaf, index) => {
        const body = Buffer.alloc(index % 50 === 7 ? 20_000 : 1 + (index % 400), `body ${index} `);
        bodies.set(index, body);
        const { segment, offset } = leaf.position;
        const payload = { ...leaf, kind: 'payload' as const, bytes: body };
        const first = { segment, offset: offset - 10 };
        return index % 2 === 0
          ? [{ ...payload, position: first }, leaf]
          : [
              { ...leaf, position: first },
              { ...payload, position: leaf.position },
            ];
      });
      for (let at = 0; at < frames.length; at += 333) {
        const writer = log.writer();
        writer.append(journal, frames.slice(Math.max(0, at - 100), at + 333));
        writer.publish();
      }
      const reader = log.reader();
      const wrong = [...bodies].filter(
        ([index, body]) => !body.equals(reader.payload(index, log.sha256(body)) ?? Buffer.alloc(0)),
      );
      expect(wrong.map(([index]) => index)).toEqual([]);
      expect(reader.payload(3, '0'.repeat(64))).toBeUndefined();
      expect(reader.payload(3, '../writer-state')).toBeUndefined();
    });

    it('refuses frames of another journal', () => {
      const writer = make().writer();
      writer.append(journal, recordFrames(3));
      expect(() => {
        writer.append('cd'.repeat(16), recordFrames(3, 3));
      }).toThrow(/journal/u);
    });

    it('knows no record outside the signed size', () => {
      const log = make();
      const writer = log.writer();
      writer.append(journal, recordFrames(3));
      writer.publish();
      for (const index of [3, -1, 0.5, Number.NaN]) {
        expect(() => log.reader().entry(index)).toThrow(/no record/u);
        expect(() => log.reader().proof(index)).toThrow(/no record/u);
      }
    });
  });
}
