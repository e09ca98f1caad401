import * as fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KeyringWrapper } from '#contracts/keyring.ts';
import type { Store } from '#contracts/store.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Person } from '#kernel/principal.ts';
import { ManualClock } from '#kernel/time.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import { FakeKeyring } from '../../test/fakes/fake-keyring.ts';
import {
  createRepeatedActs,
  readIdempotencyKey,
  type RepeatableAct,
  repeatBounds,
} from './repeated-acts.ts';

const folder = mkdtempSync(join(tmpdir(), 'repeats-'));
const clock = new ManualClock();
let store: Store;
let sealed: KeyringWrapper;
let tenants = 0;

beforeAll(async () => {
  store = await openSqliteStore({ folder, clock });
  sealed = await new FakeKeyring().wrapper('repeats');
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const started = (bounds = repeatBounds) =>
  createRepeatedActs({ book: store.repeats, sealed, clock, bounds });
const newPerson = (): Person => ({ tenant: `t-${(tenants += 1)}`, name: 'ann', roles: ['admin'] });
const longKey = (short: string) => `key-of-the-test-${short}`;

/** An act that counts how often it was done, and says so. */
class Act {
  done = 0;
  fault: Error | undefined;
  waits: Promise<void> = Promise.resolve();

  of(person: Person, over: Partial<RepeatableAct> = {}): RepeatableAct {
    const run = async (): Promise<JsonObject> => {
      await this.waits;
      if (this.fault !== undefined) throw this.fault;
      this.done += 1;
      return { done: this.done };
    };
    const usual = { key: longKey('a'), request: { path: '/v1/x', body: {} } } as const;
    return { person, ...usual, again: 'same answer', run, ...over };
  }
}

const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'none',
    (fault: unknown) => (fault instanceof BailiwickError ? fault.code : String(fault)),
  );

describe('an act by a key', () => {
  it('is done once and answered the same, also after a restart', async () => {
    const [person, act] = [newPerson(), new Act()];
    const acts = started();
    expect(await acts.once(act.of(person))).toEqual({ answer: { done: 1 }, isRepeated: false });
    expect(await acts.once(act.of(person))).toEqual({ answer: { done: 1 }, isRepeated: true });
    expect(await started().once(act.of(person))).toEqual({ answer: { done: 1 }, isRepeated: true });
    expect(act.done).toBe(1);
  });

  it('is refused where the key stands for another route or body', async () => {
    const [person, act] = [newPerson(), new Act()];
    await started().once(act.of(person));
    for (const request of [
      { path: '/v1/y', body: {} },
      { path: '/v1/x', body: { a: 1 } },
    ]) {
      expect(await codeOf(started().once(act.of(person, { request })))).toBe(
        'api/idempotency-mismatch',
      );
    }
    expect(act.done).toBe(1);
  });

  it('is another one of another person and of another tenant', async () => {
    const [person, act] = [newPerson(), new Act()];
    await started().once(act.of(person));
    await started().once(act.of({ ...person, name: 'bob' }));
    await started().once(act.of(newPerson()));
    expect(act.done).toBe(3);
  });

  it('that runs is not done beside itself: whoever asks meanwhile is told to ask again', async () => {
    const [person, act] = [newPerson(), new Act()];
    const acts = started();
    let end: () => void = () => undefined;
    act.waits = new Promise((resolve) => (end = resolve));
    const first = acts.once(act.of(person));
    const second = await acts.once(act.of(person)).catch((fault: unknown) => fault);
    expect(second).toMatchObject({ code: 'api/idempotency-running', retryAfter: 1 });
    end();
    expect((await first).isRepeated).toBe(false);
    expect(await acts.once(act.of(person))).toEqual({ answer: { done: 1 }, isRepeated: true });
  });

  it('that was refused is free again, and one that ended in a fault is not known', async () => {
    const [person, act] = [newPerson(), new Act()];
    act.fault = new BailiwickError('api/not-found');
    expect(await codeOf(started().once(act.of(person)))).toBe('api/not-found');
    act.fault = new Error('the line broke');
    expect(await codeOf(started().once(act.of(person)))).toContain('the line broke');
    act.fault = undefined;
    expect(await codeOf(started().once(act.of(person)))).toBe('api/idempotency-unknown');
    expect(act.done).toBe(0);
  });

  it('that did something and was refused all the same is not done again: a review was opened', async () => {
    const [person, act] = [newPerson(), new Act()];
    const opened: string[] = [];
    const run = async (): Promise<JsonObject> => {
      opened.push('review');
      throw new BailiwickError('config/needs-review');
    };
    expect(await codeOf(started().once(act.of(person, { run })))).toBe('config/needs-review');
    expect(await codeOf(started().once(act.of(person, { run })))).toBe('api/idempotency-done');
    expect(opened).toEqual(['review']);
  });

  it.each(['api/not-found', 'config/needs-review'] as const)(
    'that is refused with %s is told so, also where the store does not take that',
    async (code) => {
      const [person, act] = [newPerson(), new Act()];
      const away = () => Promise.reject(new BailiwickError('store/unavailable'));
      const book = { ...store.repeats, drop: away, finish: away };
      act.fault = new BailiwickError(code);
      const asked = createRepeatedActs({ book, sealed, clock }).once(act.of(person));
      expect(await codeOf(asked)).toBe(code);
      act.fault = undefined;
      expect(await codeOf(started().once(act.of(person)))).toBe('api/idempotency-unknown');
    },
  );

  it('that was running when the program ended is not done again, and said to be not known', async () => {
    const [person, act] = [newPerson(), new Act()];
    act.waits = new Promise(() => undefined);
    void started().once(act.of(person));
    await expect
      .poll(() => codeOf(started().once(new Act().of(person))), { timeout: 10_000 })
      .toBe('api/idempotency-unknown');
  });

  it('whose answer shows something once is done once, and the second hears that it was done', async () => {
    const [person, act] = [newPerson(), new Act()];
    const asked = act.of(person, { again: 'that it was done' });
    await started().once(asked);
    const second = await started()
      .once(asked)
      .catch((fault: unknown) => fault);
    expect(second).toMatchObject({
      code: 'api/idempotency-done',
      details: { doneAt: expect.any(String) },
    });
    expect(act.done).toBe(1);
  });

  it('is kept for a day, so many of a person, and so long an answer', async () => {
    const [person, act] = [newPerson(), new Act()];
    const acts = started({ keptMs: 1_000, ofPerson: 2, answerBytes: 40 });
    const long = { run: async () => ({ long: 'x'.repeat(40) }) };
    await acts.once(act.of(person, long));
    expect(await codeOf(acts.once(act.of(person, long)))).toBe('api/idempotency-done');
    await acts.once(act.of(person, { key: longKey('b') }));
    expect(await codeOf(acts.once(act.of(person, { key: longKey('c') })))).toBe(
      'api/idempotency-full',
    );
    clock.advance(1_000);
    expect((await acts.once(act.of(person, { key: longKey('c') }))).isRepeated).toBe(false);
    expect([repeatBounds.keptMs, repeatBounds.ofPerson]).toEqual([86_400_000, 5_000]);
  });

  it('is not done where no key can be kept', async () => {
    const [person, act] = [newPerson(), new Act()];
    const begin = () => Promise.reject(new BailiwickError('store/unavailable'));
    const acts = createRepeatedActs({ book: { ...store.repeats, begin }, sealed, clock });
    expect(await codeOf(acts.once(act.of(person)))).toBe('store/unavailable');
    expect(act.done).toBe(0);
  });

  it('of an API token counts apart from its person and from another token, and is one of its own', async () => {
    const [person, act] = [newPerson(), new Act()];
    const acts = started({ ...repeatBounds, ofPerson: 2 });
    const token = (id: string): Person => ({ ...person, through: { kind: 'token', id } });
    for (const key of ['a', 'b']) await acts.once(act.of(token('1'), { key: longKey(key) }));
    const full = acts.once(act.of(token('1'), { key: longKey('c') }));
    expect(await codeOf(full)).toBe('api/idempotency-full');
    for (const one of [token('2'), person])
      for (const key of ['a', 'b'])
        expect(await acts.once(act.of(one, { key: longKey(key) }))).toMatchObject({
          isRepeated: false,
        });
    expect(act.done).toBe(6);
  });

  it('leaves neither its key, its body nor its answer for a reader of the store', async () => {
    const person = newPerson();
    const told: unknown[] = [];
    const book = {
      ...store.repeats,
      begin: (act: Parameters<Store['repeats']['begin']>[0]) => {
        told.push(act);
        return store.repeats.begin(act);
      },
      finish: (act: Parameters<Store['repeats']['finish']>[0]) => {
        told.push(act);
        return store.repeats.finish(act);
      },
    };
    const act = new Act().of(person, {
      request: { body: { value: 'hunter2' } },
      run: async () => ({ answer: 'for your eyes' }),
    });
    await createRepeatedActs({ book, sealed, clock }).once(act);
    await createRepeatedActs({ book, sealed, clock }).once({ ...act, key: longKey('b') });
    expect(JSON.stringify(told)).not.toMatch(/hunter2|your eyes|key-of-the-test/);
    expect(JSON.stringify(told)).not.toContain(Buffer.from('for your eyes').toString('base64'));
    const [first, , second] = told as readonly { readonly request: string }[];
    expect(first?.request).not.toBe(second?.request);
  });

  it('is done at most once by each key, whoever asks in whatever order at a time', async () => {
    const asks = fc.array(
      fc.record({
        name: fc.constantFrom('ann', 'bob'),
        key: fc.constantFrom('a', 'b'),
        body: fc.constantFrom(1, 2),
        fails: fc.boolean(),
        restart: fc.boolean(),
      }),
      { minLength: 1, maxLength: 10 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(asks, { minLength: 1, maxLength: 3 }), async (rounds) => {
        const person = newPerson();
        const done = new Map<string, number[]>();
        let acts = started();
        for (const round of rounds) {
          await Promise.all(
            round.map(async ({ name, key, body, fails, restart }) => {
              // A program that ends leaves nobody of its own asking: that is the test above.
              if (restart && round.length === 1) acts = started();
              const of = `${name} ${key}`;
              const run = async () => {
                if (fails) throw new BailiwickError('api/not-found');
                done.set(of, [...(done.get(of) ?? []), body]);
                return { body };
              };
              const own = { ...person, name };
              const asked = { person: own, key: longKey(key), request: { body }, run } as const;
              const told = await acts
                .once({ ...asked, again: 'same answer' })
                .catch(() => undefined);
              if (told !== undefined)
                expect([told.answer, done.get(of)]).toEqual([{ body }, [body]]);
            }),
          );
        }
        for (const times of done.values()) expect(times).toHaveLength(1);
      }),
      { seed: 3, numRuns: 40 },
    );
  });
});

describe('the header', () => {
  it('is a string of its own, with quotes or without, and anything else is refused', () => {
    expect(readIdempotencyKey(undefined)).toBeUndefined();
    const key = '0199c0de-0000-7000-8000-000000000001';
    expect([readIdempotencyKey(key), readIdempotencyKey(`"${key}"`)]).toEqual([key, key]);
    for (const given of [
      '',
      'short',
      `"${key}`,
      `${key}, ${key}`,
      'ü'.repeat(20),
      'a'.repeat(129),
    ]) {
      expect(() => readIdempotencyKey(given)).toThrow();
    }
    expect(() => readIdempotencyKey([key, key])).toThrow();
  });
});
