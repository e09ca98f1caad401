import { constants, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Journal } from '#contracts/journal.ts';
import { ManualClock } from '#kernel/time.ts';
import { type JournalFs, nodeJournalFs, openJournal } from '#storage/journal/index.ts';
import { type KnownHead, logVkey, parseVkey, verifyLogFolder } from '#tlog/index.ts';
import { makeSigner } from '../../../test/conformance/tlog-memory-log.ts';
import { FailingCalls, type Landing } from '../../../test/fakes/failing-calls.ts';
import { type LogFs, nodeLogFs } from './files.ts';
import { Integrator } from './integrator-core.ts';
import { openLogReader } from './log-reader.ts';
import { logOrigin } from './origin.ts';
import type { HeadMemory } from './tile-log-writer.ts';

/** Each so many-th call is failed; every one where `BAILIWICK_EACH_CALL` is 1. */
const oneIn = Number(process.env['BAILIWICK_EACH_CALL'] ?? 17);

const signer = makeSigner();
const writer = 'gateway-1';
const originPrefix = 'audit.example.com';
const origin = logOrigin(originPrefix, { tenant: 'main', retention: 'standard', writer });
const vkey = logVkey(origin, signer.publicKey);
const of = { tenant: 'main', retention: 'standard' } as const;
const appends = 12;

/** Nothing loses its power here, so nothing waits for the disk. */
const unflushedJournal: JournalFs = {
  ...nodeJournalFs,
  open: (path, flags) => nodeJournalFs.open(path, flags & ~constants.O_DSYNC),
  sync: () => undefined,
  syncData: () => undefined,
};
const unflushedLog: LogFs = { ...nodeLogFs, sync: () => undefined, syncFolder: () => undefined };

class Memory implements HeadMemory {
  readonly heads: (KnownHead & { hex: string })[] = [];
  last() {
    const head = this.heads.at(-1);
    return head === undefined ? undefined : { size: head.size, root: head.hex };
  }
  advance({ size, root: hex }: { readonly size: number; readonly root: string }): void {
    this.heads.push({ size, root: Buffer.from(hex, 'hex'), hex });
  }
}

/** A writer and what moves its journal into a log, over two lives, on a disk of which one call fails. */
class World {
  readonly root = mkdtempSync(join(tmpdir(), 'each-call-'));
  readonly acknowledged: string[] = [];
  readonly refused: string[] = [];
  readonly memory = new Memory();
  readonly #clock = new ManualClock();
  readonly #journalFs: JournalFs;
  readonly #logFs: LogFs;
  #integrator: Integrator | undefined;

  readonly calls: FailingCalls;

  constructor(calls: FailingCalls) {
    this.calls = calls;
    this.#journalFs = calls.wrap(unflushedJournal);
    this.#logFs = calls.wrap(unflushedLog);
  }

  /** Its start is tried once more where it fails, as a supervisor does. */
  async live(name: string): Promise<void> {
    const journal = await this.#again(() => this.#open());
    for (let n = 0; n < appends; n += 1) {
      await this.#append(journal, `${name}-${n}`);
      if (n % 4 === 1) await this.#integrate();
    }
    // Whoever asks makes it look again: what failed beside the records is made good then.
    await expect.poll(() => journal.healthy).toBe(true);
    await journal.close();
    await this.#integrate();
    await this.#again(async () => {
      const integrator = this.#integrator;
      this.#integrator = undefined;
      if (integrator !== undefined) integrator.close();
    });
  }

  #open(): Promise<Journal> {
    const folder = join(this.root, 'journal');
    const sizes = { segmentBytes: 16_384, firstBytes: 16_384, reserveBytes: 16_384 };
    return openJournal({ folder, ...sizes, clock: this.#clock, fs: this.#journalFs });
  }

  async #append(journal: Journal, text: string): Promise<void> {
    const bytes = Buffer.from(JSON.stringify({ text, x: 'x'.repeat(2_500) }));
    const body = { ...of, kind: 'payload', bytes: Buffer.from(`body of ${text}`) } as const;
    try {
      await journal.append([body, { ...of, kind: 'leaf', bytes }]);
      this.acknowledged.push(text);
    } catch (fault) {
      expect(fault).toMatchObject({ code: 'audit/unavailable' });
      this.refused.push(text);
    }
    // Long enough for anything to be tried again.
    this.#clock.advance(60_000);
  }

  #integrate(): Promise<void> {
    return this.#again(async () => {
      try {
        this.#integrator ??= this.integrator(this.#logFs, this.#journalFs);
        while (this.#integrator?.take() === true) this.#integrator.save();
        this.#integrator?.publish();
      } catch (fault) {
        this.#integrator?.abandon();
        this.#integrator = undefined;
        throw fault;
      }
    });
  }

  integrator(fs?: LogFs, journalFs?: JournalFs): Integrator | undefined {
    return Integrator.open({
      journalFolder: join(this.root, 'journal'),
      logRoot: join(this.root, 'log'),
      writer,
      originPrefix,
      signer,
      ratchet: this.memory,
      keepsReleased: true,
      ...(fs === undefined ? {} : { fs }),
      ...(journalFs === undefined ? {} : { journalFs }),
    });
  }

  /** One call fails, so the second time goes through; a contradiction would be found by neither. */
  async #again<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    try {
      return await work();
    } catch (fault) {
      expect(fault, `${this.calls.failed}`).not.toMatchObject({ code: 'audit/inconsistent' });
      return work();
    }
  }

  folder(): string {
    return join(this.root, 'log', 'main', 'standard', writer);
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** INVARIANT of the log afterwards: what was acknowledged stands in it once, in order; what was refused may. */
function expectWhole(world: World, what: string): void {
  const integrator = world.integrator();
  integrator?.take();
  integrator?.publish();
  integrator?.close();
  const folder = world.folder();
  const read = (path: string) => nodeLogFs.read(join(folder, path));
  const list = () =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
      statSync(join(folder, path)).isFile(),
    );
  const trust = { log: parseVkey(vkey) };
  const verdict = verifyLogFolder(read, { trust, known: world.memory.heads, list });
  expect(verdict.status === 'inconsistent' ? verdict.problem : undefined, what).toBeUndefined();
  const entries = openLogReader({ folder, vkey }).range(0, 1_000);
  const texts = entries.map(
    ({ bytes }) => /"text":"([^"]*)"/.exec(Buffer.from(bytes).toString())?.[1] ?? '',
  );
  const refused = new Set(world.refused);
  expect(
    texts.filter((text) => !refused.has(text)),
    what,
  ).toEqual(world.acknowledged);
  expect(new Set(texts).size, what).toBe(texts.length);
}

async function run(calls: FailingCalls): Promise<World> {
  const world = new World(calls);
  await world.live('one');
  await world.live('two');
  return world;
}

describe('a write path of which any one call to the system fails', () => {
  it.each(['nothing', 'all'] satisfies Landing[])(
    'goes on without a restart, refuses little, and has all that it acknowledged (%s had happened) [AUD-01, AUD-03]',
    async (landing) => {
      const whole = new FailingCalls(-1);
      const without = await run(whole);
      expectWhole(without, 'no fault');
      expect([without.acknowledged.length, without.refused]).toEqual([2 * appends, []]);
      without.close();
      const failed = new Set<string>();
      for (let at = landing === 'all' ? 4 : 0; at < whole.made; at += oneIn) {
        const calls = new FailingCalls(at, landing, at % 2 === 0 ? 'EIO' : 'ENOSPC');
        const world = await run(calls);
        const what = `call ${at}: ${calls.failed ?? 'none'}`;
        expect(world.refused.length, what).toBeLessThanOrEqual(1);
        expectWhole(world, what);
        world.close();
        failed.add(calls.failed?.split(' ')[0] ?? 'none');
      }
      if (oneIn > 1) return;
      const each = ['open', 'write', 'sync', 'rename', 'read', 'close', 'makeFolder', 'list'];
      for (const one of each) expect(failed).toContain(one);
    },
    600_000,
  );
});
