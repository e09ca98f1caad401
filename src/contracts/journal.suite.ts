import { describe, expect, it } from 'vitest';
import type { Journal, JournalFrame, JournalReader } from './journal.ts';

/** What an implementation gives the suite: one journal that can be closed and opened again. */
export interface JournalUnderTest {
  open(): Promise<Journal>;
  reader(): JournalReader;
}

const leaf = (text: string, tenant = 'main', retention = 'standard'): JournalFrame => ({
  kind: 'leaf',
  tenant,
  retention,
  bytes: Buffer.from(text, 'utf8'),
});

const payload = (text: string): JournalFrame => ({ ...leaf(text), kind: 'payload' });
const text = (frame: JournalFrame): string => Buffer.from(frame.bytes).toString('utf8');
const all = 1_000_000;

/** The promises of `contracts/journal`; every implementation runs them first. */
export function journalSuite(name: string, make: () => JournalUnderTest): void {
  describe(`the journal contract, kept by ${name}`, () => {
    it('gives back every frame whole and in order, also after it was opened again', async () => {
      const under = make();
      const journal = await under.open();
      await journal.append([leaf('a', 'acme', 'long'), payload('b')]);
      await journal.append([leaf('c')]);
      const seen = under.reader().read(undefined, all);
      expect(seen.map(text)).toEqual(['a', 'b', 'c']);
      expect(seen[0]).toMatchObject({ kind: 'leaf', tenant: 'acme', retention: 'long' });
      expect(seen[1]?.kind).toBe('payload');
      await journal.close();
      const again = await under.open();
      await again.append([leaf('d')]);
      expect(under.reader().read(undefined, all).map(text)).toEqual(['a', 'b', 'c', 'd']);
      await again.close();
    });

    it('keeps the order of appends that are made at the same time', async () => {
      const under = make();
      const journal = await under.open();
      const names = Array.from({ length: 500 }, (_, i) => `n${i}`);
      const positions = await Promise.all(names.map((one) => journal.append([leaf(one)])));
      const frames = under.reader().read(undefined, all);
      expect(frames.map(text)).toEqual(names);
      expect(frames.map((frame) => frame.position)).toEqual(positions);
      await journal.close();
    });

    it('reads on from any position it has given, and no more than asked', async () => {
      const under = make();
      const journal = await under.open();
      await journal.append([leaf('a'), leaf('b'), leaf('c')]);
      const middle = await journal.append([leaf('d'), leaf('e')]);
      await journal.append([leaf('f')]);
      const reader = under.reader();
      const frames = reader.read(undefined, all);
      for (const [i, frame] of frames.entries()) {
        expect(reader.read(frame.position, all)).toHaveLength(frames.length - i - 1);
      }
      expect(reader.read(middle, all).map(text)).toEqual(['f']);
      expect(reader.read(undefined, 2).map(text)).toEqual(['a', 'b']);
      await journal.close();
    });

    it('shows nothing that was not asked to be written, and all that was acknowledged', async () => {
      const under = make();
      const journal = await under.open();
      const reader = under.reader();
      expect(reader.read(undefined, all)).toEqual([]);
      for (let i = 0; i < 20; i += 1) {
        const position = await journal.append([leaf(`n${i}`)]);
        expect(reader.read(undefined, all).at(-1)?.position).toEqual(position);
      }
      await journal.close();
    });

    it('takes no more after it was closed, and says so', async () => {
      const under = make();
      const journal = await under.open();
      expect(journal.healthy).toBe(true);
      const last = journal.append([leaf('last')]);
      const closing = journal.close();
      await expect(last).resolves.toBeDefined();
      await closing;
      expect(journal.healthy).toBe(false);
      await expect(journal.append([leaf('late')])).rejects.toMatchObject({
        code: 'audit/journal-failed',
      });
      expect(under.reader().read(undefined, all).map(text)).toEqual(['last']);
    });

    it('refuses what could never become an entry of a log', async () => {
      const under = make();
      const journal = await under.open();
      const tooLong = { ...leaf(''), bytes: Buffer.alloc(65_536, 97) };
      await expect(journal.append([leaf('ok'), tooLong])).rejects.toMatchObject({
        code: 'audit/record-too-large',
      });
      await expect(journal.append([leaf('')])).rejects.toMatchObject({
        code: 'audit/record-too-large',
      });
      for (const tenant of ['', '..', 'a/b', 'A', '.a', 'a'.repeat(65), 'a\u0000']) {
        await expect(journal.append([leaf('x', tenant)])).rejects.toMatchObject({
          code: 'audit/unavailable',
        });
      }
      expect(under.reader().read(undefined, all)).toEqual([]);
      expect(journal.healthy).toBe(true);
      await journal.close();
    });

    it('drops nothing that stands behind the released position', async () => {
      const under = make();
      const journal = await under.open();
      const filler = 'x'.repeat(3000);
      const positions = [];
      for (let i = 0; i < 60; i += 1)
        positions.push(await journal.append([leaf(`${i}:${filler}`)]));
      const reader = under.reader();
      const middle = positions[30];
      if (middle === undefined) throw new Error('no position');
      reader.release(middle);
      const rest = reader.read(middle, all).map((frame) => text(frame).split(':')[0]);
      expect(rest).toEqual(Array.from({ length: 29 }, (_, i) => String(i + 31)));
      await journal.close();
    });
  });
}
