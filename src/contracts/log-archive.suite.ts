import { describe, expect, it } from 'vitest';
import { isArchiveName, type LogArchive } from './log-archive.ts';

export interface ArchiveUnderTest {
  /** The same archive, opened again. */
  open(): Promise<LogArchive>;
}

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const text = (of: Uint8Array | undefined): string | undefined =>
  of === undefined ? undefined : Buffer.from(of).toString('utf8');
const year = 365 * 86_400_000;

/** The promises of `contracts/log-archive`; every implementation runs them first. */
export function logArchiveSuite(name: string, make: () => Promise<ArchiveUnderTest>): void {
  describe(`the archive contract, kept by ${name}`, () => {
    it('gives back, after it was opened again, what was put, and knows no other name', async () => {
      const under = await make();
      const first = await under.open();
      expect(await first.put({ name: 'main/standard/w/tile/0/000', bytes: bytes('a') })).toBe(
        'stored',
      );
      const again = await under.open();
      expect(text(await again.read('main/standard/w/tile/0/000'))).toBe('a');
      expect(await again.read('main/standard/w/tile/0/001')).toBeUndefined();
      expect(await again.read('main/standard/w')).toBeUndefined();
    });

    it('refuses other bytes under a name that is taken, says so, and keeps the first [AUD-06]', async () => {
      const archive = await (await make()).open();
      await archive.put({ name: 'a/b', bytes: bytes('first') });
      expect(await archive.put({ name: 'a/b', bytes: bytes('first') })).toBe('already');
      const second = archive.put({ name: 'a/b', bytes: bytes('other') });
      await expect(second).rejects.toMatchObject({ code: 'audit/archive-conflict' });
      expect(text(await archive.read('a/b'))).toBe('first');
    });

    it('takes one of two that come at once, and tells the other', async () => {
      const archive = await (await make()).open();
      const both = await Promise.allSettled(
        ['one', 'two'].map((word) => archive.put({ name: 'x/y', bytes: bytes(word) })),
      );
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    });

    it('lists what begins so, sorted, and nothing else', async () => {
      const archive = await (await make()).open();
      const names = ['l/checkpoints/02', 'l/checkpoints/01', 'l/tile/0/000', 'm/checkpoints/03'];
      for (const one of names) await archive.put({ name: one, bytes: bytes(one) });
      expect(await archive.list('l/checkpoints/')).toEqual([
        'l/checkpoints/01',
        'l/checkpoints/02',
      ]);
      expect(await archive.list('l/check')).toHaveLength(2);
      expect(await archive.list('')).toEqual([...names].sort());
      expect(await archive.list('n/')).toEqual([]);
    });

    it('keeps to the day that was asked, and makes a period longer but never shorter [AUD-06]', async () => {
      const under = await make();
      const archive = await under.open();
      const day = Math.ceil(Date.now() / 1_000) * 1_000 + year;
      const object = { name: 'kept/long', bytes: bytes('k') };
      await archive.put({ ...object, retainUntil: day });
      expect(await archive.retainedUntil('kept/long')).toBe(day);
      await archive.put({ ...object, retainUntil: day - year / 2 });
      await archive.put(object);
      expect(await (await under.open()).retainedUntil('kept/long')).toBe(day);
      await archive.put({ ...object, retainUntil: day + year });
      await archive.read('kept/long');
      expect(await archive.retainedUntil('kept/long')).toBe(day + year);
      expect(await archive.retainedUntil('kept/nothing')).toBeUndefined();
    });

    it('makes the period of what it has longer, without its bytes, and never shorter [AUD-06]', async () => {
      const under = await make();
      const archive = await under.open();
      const day = Math.ceil(Date.now() / 1_000) * 1_000 + year;
      await archive.put({ name: 'kept/first', bytes: bytes('f'), retainUntil: day });
      expect(await archive.extend('kept/first', day + year)).toBe('extended');
      expect(await archive.extend('kept/first', day + year)).toBe('already');
      expect(await archive.extend('kept/first', day)).toBe('already');
      expect(await (await under.open()).retainedUntil('kept/first')).toBe(day + year);
      expect(await archive.extend('kept/fir', day)).toBe('missing');
      expect(text(await archive.read('kept/first'))).toBe('f');
    });

    it('keeps large things and empty ones whole', async () => {
      const archive = await (await make()).open();
      const large = new Uint8Array(3_000_000).map((_, at) => at % 251);
      await archive.put({ name: 'large', bytes: large });
      await archive.put({ name: 'empty', bytes: new Uint8Array(0) });
      expect(Buffer.compare((await archive.read('large')) ?? bytes(''), large)).toBe(0);
      expect((await archive.read('empty'))?.length).toBe(0);
    });

    it('takes no name that leads out of it', async () => {
      const archive = await (await make()).open();
      for (const one of ['../x', 'a/../x', '/x', 'a//b', 'a/./b', '', 'a\\b', '.hidden', 'a/']) {
        expect(isArchiveName(one)).toBe(false);
        await expect(archive.put({ name: one, bytes: bytes('x') })).rejects.toThrow(/name/u);
      }
    });
  });
}
