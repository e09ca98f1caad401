import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newId } from '#kernel/ids.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import { isoTime } from '#kernel/time.ts';
import type { LogPlaces } from './door.ts';
import { createAuditReader, type ReadableLog } from './reader.ts';
import { placeName } from './record-page.ts';

const begin = Date.parse('2026-11-26T00:00:00.000Z');

/** A log by the times of its records, which may go back. */
class GrowingLog {
  readonly #entries: Uint8Array[] = [];
  readonly ids: string[] = [];
  readonly log: ReadableLog;
  scanned = 0;

  constructor(writer: string) {
    const origin = `audit.example.com/main/standard/${writer}`;
    const range = (from: number, to: number) => {
      const found = this.#entries.slice(from, to);
      this.scanned += found.length;
      return found.map((bytes, at) => ({ index: from + at, bytes }));
    };
    const entry = (index: number) => this.#entries[index] ?? new Uint8Array();
    this.log = {
      tenant: 'main',
      origin,
      reader: {
        begins: () => 0,
        leaves: () => [],
        head: () => ({ origin, size: this.#entries.length, root: new Uint8Array(32) }),
        entry,
        range,
        provenEntries: (indices) => indices.map((index) => ({ index, bytes: entry(index) })),
        find: () => undefined,
        proof: entry,
        payload: () => undefined,
      },
    };
  }

  add(at: number, type = 'gateway.noticed'): void {
    const time = begin + at;
    const id = newId(time);
    this.ids.push(id);
    const actors = [{ kind: 'system', name: 'test' }];
    const own = { actors, id, schema: 1, sequence: 1, tenant: 'main', writer: 'plain' };
    this.#entries.push(canonicalBytes({ ...own, time: isoTime(time), type }));
  }
}

const readerOf = (logs: readonly GrowingLog[]) =>
  createAuditReader({
    readers: () => logs.map(({ log }) => log),
    sealer: { open: async () => Buffer.alloc(0) },
  });

async function pages(
  logs: readonly GrowingLog[],
  filter: { readonly limit: number; readonly type?: string },
  between: () => void = () => undefined,
) {
  const told: string[][] = [];
  let behind: LogPlaces | undefined;
  do {
    const page = await readerOf(logs).page({ tenant: 'main', ...filter, behind });
    told.push(page.records.map(({ record }) => record.id));
    behind = page.behind;
    between();
  } while (behind !== undefined);
  return told;
}

describe('a page of records', () => {
  it('tells each once, each log in its own order, whatever clocks did and whatever comes between two', async () => {
    const times = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(times, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 4 }),
        async (clocks, limit) => {
          const logs = clocks.map((_, at) => new GrowingLog(`w${at}`));
          for (const [at, clock] of clocks.entries()) for (const time of clock) logs[at]?.add(time);
          const before = logs.map(({ ids }) => [...ids]);
          const told = await pages(logs, { limit }, () => logs[0]?.add(2));
          const oldestFirst = told.toReversed().flat();
          expect(oldestFirst).toHaveLength(before.flat().length);
          for (const ids of before) {
            expect(oldestFirst.filter((id) => ids.includes(id))).toEqual(ids);
          }
        },
      ),
      { seed: 11, numRuns: 150 },
    );
  });

  it('goes by time across logs, within a millisecond too', async () => {
    const [one, other] = [new GrowingLog('a'), new GrowingLog('b')];
    for (const at of [1, 5, 5, 5]) one.add(at);
    for (const at of [2, 5, 5, 9]) other.add(at);
    const told = await pages([one, other], { limit: 3 });
    const all = told.toReversed().flat();
    expect(all[0]).toBe(one.ids[0]);
    expect(all[1]).toBe(other.ids[0]);
    expect(all.at(-1)).toBe(other.ids[3]);
    expect(new Set(all).size).toBe(8);
  });

  it('passes over a log that was born while it was read: that is newer than the list', async () => {
    const logs = [new GrowingLog('a')];
    for (const at of [1, 2, 3]) logs[0]?.add(at);
    const told = await pages(logs, { limit: 2 }, () => {
      const born = new GrowingLog(`b${logs.length}`);
      born.add(0);
      logs.push(born);
    });
    expect(told.flat()).toHaveLength(3);
  });

  it('says that there is more where it looked at as much as one question may, and told nothing yet', async () => {
    const log = new GrowingLog('a');
    log.add(0, 'stop.set');
    for (let at = 0; at < 200_100; at += 1) log.add(1);
    const filter = { tenant: 'main', limit: 5, type: 'stop.set' };
    const first = await readerOf([log]).page(filter);
    expect(first.records).toEqual([]);
    expect([...(first.behind ?? [])]).toEqual([[placeName(log.log.origin), 101]]);
    const then = await readerOf([log]).page({ ...filter, behind: first.behind });
    expect(then.records.map(({ record }) => record.id)).toEqual([log.ids[0]]);
    expect(then.behind).toBeUndefined();
  }, 60_000);

  it('asks on where it was left, and reads nothing of before again', async () => {
    const log = new GrowingLog('a');
    for (let at = 0; at < 1_000; at += 1) log.add(at);
    const first = await readerOf([log]).page({ tenant: 'main', limit: 10 });
    log.scanned = 0;
    await readerOf([log]).page({ tenant: 'main', limit: 10, behind: first.behind });
    expect(log.scanned).toBe(256);
  });
});
