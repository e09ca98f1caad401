import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commitment, sha256Hex } from '#kernel/digest.ts';
import { isId } from '#kernel/ids.ts';
import { canonicalText, parseJson } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import type { RecordDraft, RecordEnvelope } from '#kernel/record.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeJournal } from '../../../test/fakes/fake-journal.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { draftOf, everyType, fullDraft, without } from '../../../test/fakes/record-drafts.ts';
import { createPayloadSealer } from './payload-sealer.ts';
import { parseRecord } from './parse-record.ts';
import { createRecorder } from './recorder.ts';
import { requiredParts, streamOf } from './required.ts';
import { openedBody } from './salted-body.ts';

async function setUp() {
  const journal = new FakeJournal();
  const clock = new ManualClock();
  const sealer = await createPayloadSealer({ keyring: new FakeKeyring(), clock });
  const recorder = createRecorder({ journal, clock, writer: 'gateway-1', sealer });
  const records = () => journal.leaves.map((leaf) => parseRecord(Buffer.from(leaf)));
  return { journal, clock, sealer, recorder, records };
}

function bodyIn(journal: FakeJournal): Buffer {
  return Buffer.from(journal.frames.find(({ kind }) => kind === 'payload')?.bytes ?? []);
}

function openedOf(record: RecordEnvelope | undefined, body: Buffer) {
  if (record === undefined) throw new Error('there is no record');
  return openedBody(record, body);
}

const unavailable = { code: 'audit/unavailable' };

describe('the recorder', () => {
  it('writes one canonical leaf with id, time, writer and schema [AUD-01, AUD-02]', async () => {
    const { recorder, journal, records, clock } = await setUp();
    const { id, position } = await recorder.record(fullDraft);
    const [leaf] = journal.leaves;
    expect(leaf).toBe(canonicalText(parseJson(Buffer.from(leaf ?? ''))));
    expect(records()).toEqual([
      {
        ...fullDraft,
        schema: 2,
        id,
        time: new Date(clock.now()).toISOString(),
        monotonicUs: clock.now() * 1000,
        writer: 'gateway-1',
        sequence: 1,
        life: clock.now(),
      },
    ]);
    expect(isId(id)).toBe(true);
    expect(journal.frames[0]).toMatchObject({ tenant: 'main', retention: 'standard', position });
  });

  it('answers only when the leaf is on disk', async () => {
    const { recorder, journal } = await setUp();
    journal.hang();
    let answered = false;
    const recorded = recorder.record(fullDraft).then(() => {
      answered = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    journal.resume();
    await recorded;
    expect(journal.leaves).toHaveLength(1);
  });

  it('refuses when the journal cannot take the record, so that nothing happens unrecorded [AUD-01, AUD-05]', async () => {
    const { recorder, journal } = await setUp();
    journal.hang();
    const waiting = recorder.record(fullDraft);
    journal.fail();
    await expect(waiting).rejects.toMatchObject(unavailable);
    await expect(recorder.record(fullDraft)).rejects.toMatchObject(unavailable);
    await expect(recorder.recordAll([fullDraft])).rejects.toMatchObject(unavailable);
    expect(recorder.healthy).toBe(false);
  });

  it('goes on by itself when there is room again, and leaves no hole behind [AUD-01]', async () => {
    const { recorder, journal, records } = await setUp();
    await recorder.record(fullDraft);
    journal.fill(1);
    const refused = await Promise.allSettled([1, 2, 3].map(() => recorder.record(fullDraft)));
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(recorder.healthy).toBe(false);
    await expect(recorder.recordAll([fullDraft, fullDraft])).rejects.toMatchObject(unavailable);
    journal.makeRoom();
    await recorder.record(fullDraft);
    expect(recorder.healthy).toBe(true);
    expect(records().map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  it('writes what takes privilege away into the space that is set aside for it', async () => {
    const { recorder, journal, records } = await setUp();
    journal.fill(2);
    await expect(recorder.record(draftOf('stop.set'))).rejects.toMatchObject(unavailable);
    await recorder.record(draftOf('stop.set'), undefined, { reserved: true });
    await recorder.recordAll([draftOf('lifecycle.instance-revoked')], { reserved: true });
    expect(records().map(({ type }) => type)).toEqual(['stop.set', 'lifecycle.instance-revoked']);
    expect(recorder.healthy).toBe(false);
    await expect(
      recorder.record(draftOf('stop.set'), undefined, { reserved: true }),
    ).rejects.toMatchObject(unavailable);
  });

  it('takes every type when it is complete [AUD-01]', async () => {
    const { recorder, records } = await setUp();
    for (const type of everyType) await recorder.record(draftOf(type));
    expect(records().map(({ type }) => type)).toEqual(everyType);
  });

  it('refuses a record of any type that lacks any of its parts, and writes nothing [AUD-02, IDN-20, POL-23]', async () => {
    const { recorder, journal } = await setUp();
    const lacking = everyType.flatMap((type) =>
      [...new Set(['tenant', 'actors', ...requiredParts[type]])].map((part) => ({ type, part })),
    );
    expect(lacking.length).toBeGreaterThan(everyType.length * 2);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...lacking),
        fc.subarray(Object.keys(without(fullDraft, 'type'))),
        async ({ type, part }, others) => {
          const draft = without(draftOf(type), part, ...others);
          await expect(recorder.record(draft)).rejects.toMatchObject(unavailable);
        },
      ),
      { numRuns: 400 },
    );
    for (const { type, part } of lacking) {
      await expect(recorder.record(without(draftOf(type), part))).rejects.toThrow(part);
    }
    expect(journal.frames).toEqual([]);
  });

  it('has actor, tool, input, output, decision and time in each pair of an action [AUD-02]', () => {
    const ofAction: readonly (keyof RecordDraft)[] = ['questions', 'decision', 'named', 'snapshot'];
    expect(requiredParts['policy.intent']).toEqual(expect.arrayContaining([...ofAction]));
    expect(requiredParts['policy.outcome']).toEqual(
      expect.arrayContaining([...ofAction, 'intent', 'effect']),
    );
  });

  it('refuses an intent of an agent without tool or arguments, and an outcome without result or refusal [AUD-02, AUD-05]', async () => {
    const { recorder, journal } = await setUp();
    for (const part of ['target', 'arguments']) {
      await expect(recorder.record(without(draftOf('policy.intent'), part))).rejects.toThrow(part);
    }
    const neither = without(draftOf('policy.outcome'), 'result', 'parts', 'refusal');
    await expect(recorder.record(neither)).rejects.toThrow('result or refusal');
    expect(journal.frames).toEqual([]);
    await recorder.record(without(draftOf('policy.outcome'), 'result'));
    await recorder.record(without(draftOf('policy.outcome'), 'refusal'));
    const own = draftOf('policy.intent', { actors: [{ kind: 'system', name: 'system/refresh' }] });
    await recorder.record(without(own, 'target', 'arguments'));
    expect(journal.leaves).toHaveLength(3);
  });

  it('demands effect and cause of every refusal of a call [AUD-05]', () => {
    expect(requiredParts['gateway.refused']).toEqual(expect.arrayContaining(['effect', 'refusal']));
    expect(requiredParts['policy.outcome']).toContain('effect');
    for (const type of everyType.filter(
      (one) => one.includes('refused') && one !== 'config.refused',
    )) {
      expect(requiredParts[type]).toContain('refusal');
    }
  });

  it('refuses a chain that does not say human, agent or system of each link [IDN-20]', async () => {
    const { recorder, journal } = await setUp();
    const human = { kind: 'human', name: 'ada' } as const;
    const chains = [
      [],
      [human, { kind: 'agent', name: '' }],
      [human, { kind: 'robot', name: 'x' }],
      [{ name: 'x' }],
      [{ kind: 'toString', name: 'x' }],
    ];
    for (const actors of chains) {
      const draft = draftOf('gateway.refused', { actors: actors as never });
      await expect(recorder.record(draft)).rejects.toMatchObject(unavailable);
    }
    expect(journal.frames).toEqual([]);
    const hops = [
      human,
      { kind: 'agent', name: 'planner' },
      { kind: 'agent', name: 'worker' },
    ] as const;
    await recorder.record(draftOf('policy.outcome', { actors: hops }));
    expect(parseRecord(Buffer.from(journal.leaves[0] ?? '')).actors).toEqual(hops);
  });

  it('knows the five streams, and that nothing else belongs to them [AUD-16]', () => {
    const streams = new Map(everyType.map((type) => [type, streamOf(type)]));
    expect(new Set(streams.values())).toEqual(
      new Set(['identity', 'policy', 'token', 'gateway', 'approval', 'administration']),
    );
    expect(streams.get('identity.enrolled')).toBe('identity');
    expect(streams.get('policy.intent')).toBe('policy');
    expect(streams.get('token.issued')).toBe('token');
    expect(streams.get('gateway.refused')).toBe('gateway');
    expect(streams.get('approval.rejected')).toBe('approval');
    expect(streams.get('stop.set')).toBe('administration');
  });

  it('counts each session without a hole, and what has no session by itself', async () => {
    const { recorder, records } = await setUp();
    await recorder.record(draftOf('policy.intent', { session: 'a' }));
    await recorder.record(draftOf('policy.intent', { session: 'b' }));
    await expect(recorder.record(without(draftOf('policy.intent'), 'call'))).rejects.toThrow(
      'call',
    );
    await recorder.recordAll([
      draftOf('policy.outcome', { session: 'a' }),
      without(draftOf('stop.set'), 'session'),
    ]);
    await recorder.record(without(draftOf('stop.released', { tenant: 'other' }), 'session'));
    expect(records().map(({ session, sequence }) => [session, sequence])).toEqual([
      ['a', 1],
      ['b', 1],
      ['a', 2],
      [undefined, 1],
      [undefined, 1],
    ]);
  });

  it('writes several records in one batch or none of them, and leaves no hole behind', async () => {
    const { recorder, journal, records } = await setUp();
    const loneSurrogate = draftOf('stop.set', { details: { text: '\ud800' } });
    await expect(recorder.recordAll([fullDraft, fullDraft, loneSurrogate])).rejects.toMatchObject(
      unavailable,
    );
    expect(journal.frames).toEqual([]);
    const done = await recorder.recordAll([fullDraft, fullDraft]);
    expect(records().map(({ id, sequence }) => [id, sequence])).toEqual(
      done.map(({ id }, at) => [id, at + 1]),
    );
    expect(await recorder.recordAll([])).toEqual([]);
  });

  it('refuses numbers that are not whole', async () => {
    const { recorder, journal } = await setUp();
    for (const details of [{ a: 0.5 }, { a: [{ b: 2 ** 53 }] }, { a: Number.NaN }]) {
      await expect(recorder.record(draftOf('stop.set', { details }))).rejects.toThrow('whole');
    }
    await expect(recorder.record(draftOf('stop.set', { durationUs: 1.5 }))).rejects.toThrow(
      'whole',
    );
    expect(journal.frames).toEqual([]);
  });

  it('refuses windows and counts that cannot be [AUD-02]', async () => {
    const { recorder, journal } = await setUp();
    const commitment = recorder.commit(Buffer.from('window'));
    const part = { number: 1, bytes: commitment.bytes, commitment };
    const parts = { count: 1, bytes: 6, digest: commitment.sha256, last: 'id' };
    const usage = { inputTokens: 0, outputTokens: 0, estimated: true };
    const wrong: readonly Partial<RecordDraft>[] = [
      { part: { ...part, number: 0 } },
      { part: { ...part, number: 1.5 } },
      { part: { ...part, bytes: 7 } },
      { parts: { ...parts, count: 0 } },
      { parts: { ...parts, bytes: -1 } },
      { parts: { ...parts, last: '' } },
      { usage: { ...usage, inputTokens: -1 } },
      { usage: { ...usage, outputTokens: 0.5 } },
      { usage: { ...usage, outputTokens: Number.NaN } },
    ];
    for (const over of wrong) {
      const draft = draftOf('policy.outcome', over);
      await expect(recorder.record(draft)).rejects.toMatchObject(unavailable);
    }
    expect(journal.frames).toEqual([]);
    await recorder.record(draftOf('policy.outcome-part', { part }));
    await recorder.record(draftOf('policy.outcome', { parts, usage }));
    expect(journal.leaves).toHaveLength(2);
  });

  it('never loses a record for its size: what does not fit stands there as its digest', async () => {
    const { recorder, records } = await setUp();
    const long = 'x'.repeat(limits.recordBytes);
    const rules = Array.from({ length: 3_000 }, (_, at) => `policies/rule-number-${at}`);
    const decision = { ...draftOf('policy.outcome').decision, rules } as never;
    const refusal = { stage: 'decide', code: 'policy/denied', message: long };
    await recorder.record(draftOf('stop.set', { details: { long } }));
    await recorder.record(draftOf('policy.outcome', { decision, refusal, named: long }));
    const [first, second] = records();
    expect(first?.details).toMatchObject({
      cut: true,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(first?.decision).toEqual(fullDraft.decision);
    expect(second?.decision?.rules).toEqual([expect.stringMatching(/^cut: 3000 items, sha256 /)]);
    expect(second?.refusal?.message).toMatch(/^x{1024}… cut: sha256 [0-9a-f]{64}$/);
    expect(second).toMatchObject({ target: fullDraft.target, actors: fullDraft.actors });
  });

  it('commits to bytes with a salt of its own each time, which stands in no leaf [AUD-10, DAT-10]', async () => {
    const { recorder, journal, records, sealer } = await setUp();
    const given = Buffer.from('{"amount":5}');
    const answer = Buffer.from('{"ok":true}');
    const made = recorder.commit(given);
    expect(Object.keys(made).sort()).toEqual(['bytes', 'sha256']);
    expect(made.bytes).toBe(given.length);
    expect(recorder.commit(given).sha256).not.toBe(made.sha256);
    // Of bytes that were hashed already it is no other.
    const result = recorder.commit(answer, sha256Hex(answer));
    await recorder.record({ ...fullDraft, arguments: made, result }, answer);
    const [record] = records();
    expect(record?.payload).toMatchObject({ bytes: answer.length, salts: ['arguments', 'result'] });
    expect(journal.leaves[0]).toContain(made.sha256);
    expect(journal.leaves[0]).not.toContain('"salt"');
    const opened = openedOf(record, await sealer.open('main', bodyIn(journal)));
    expect(opened).toMatchObject({ words: answer, proves: 'result' });
    const [ofGiven] = opened.commitments;
    expect(ofGiven).toMatchObject({ of: 'arguments', sha256: made.sha256, bytes: given.length });
    expect(commitment(Buffer.from(ofGiven?.salt ?? '', 'hex'), given)).toBe(made.sha256);
    expect(journal.leaves[0]).not.toContain(ofGiven?.salt);
  });

  it('seals salts alone where no words are kept, and is on record without them where no key can be had [AUD-05]', async () => {
    const { recorder, journal, records, sealer } = await setUp();
    const given = Buffer.from('{"amount":5}');
    const made = recorder.commit(given);
    await recorder.record({ ...fullDraft, arguments: made });
    const [record] = records();
    expect(record?.payload).toMatchObject({ bytes: 0, salts: ['arguments'] });
    const opened = openedOf(record, await sealer.open('main', bodyIn(journal)));
    expect(opened.words).toBeUndefined();
    const salt = Buffer.from(opened.commitments[0]?.salt ?? '', 'hex');
    expect(commitment(salt, given)).toBe(made.sha256);
    // The sealer of this recorder has no keys of subjects.
    await recorder.record({ ...fullDraft, arguments: made }, undefined, { subject: 'ann' });
    expect(records()[1]).toMatchObject({ arguments: { sha256: made.sha256 } });
    expect(records()[1]?.payload).toBeUndefined();
    await expect(
      recorder.record({ ...fullDraft, arguments: made }, given, { subject: 'ann' }),
    ).rejects.toMatchObject(unavailable);
  });

  it('opens commitments of earlier versions with the salt of their leaf', () => {
    const words = Buffer.from('{"amount":5}');
    const salt = 'ab'.repeat(16);
    const sha256 = commitment(Buffer.from(salt, 'hex'), words);
    const payload = { sha256: 'f'.repeat(64), bytes: words.length, key: 'k' };
    const record = { ...fullDraft, arguments: { sha256, salt, bytes: words.length }, payload };
    expect(openedOf(record as unknown as RecordEnvelope, words)).toMatchObject({
      words,
      proves: 'arguments',
    });
    const longer = Buffer.concat([words, words]);
    expect(() => openedOf(record as unknown as RecordEnvelope, longer)).toThrow();
  });

  it('keeps a body sealed in the same batch, before the leaf that names it', async () => {
    const { recorder, journal, records, sealer } = await setUp();
    const body = Buffer.from('{"iban":"DE02120300000000202051"}');
    await recorder.record(fullDraft, body);
    expect(journal.frames.map(({ kind }) => kind)).toEqual(['payload', 'leaf']);
    const [sealed] = journal.frames;
    const blob = Buffer.from(sealed?.bytes ?? []);
    expect(journal.frames.some(({ bytes }) => Buffer.from(bytes).includes('DE0212'))).toBe(false);
    const [record] = records();
    expect(record?.payload?.bytes).toBe(body.length);
    expect(await sealer.open('main', blob)).toEqual(body);
  });

  it('refuses when the body cannot be sealed, and leaves no hole behind [AUD-01]', async () => {
    const { journal, clock, records } = await setUp();
    let sealed = false;
    const sealer = {
      seal: () => {
        if (!sealed) throw new Error('the key service is away');
        return { bytes: Buffer.from('sealed'), key: 'k' };
      },
      sealFor: () => Promise.reject(new Error('not asked here')),
      open: async () => Buffer.alloc(0),
    };
    const recorder = createRecorder({ journal, clock, writer: 'gateway-1', sealer });
    await expect(recorder.record(fullDraft, Buffer.from('{}'))).rejects.toMatchObject(unavailable);
    expect(journal.frames).toEqual([]);
    sealed = true;
    await recorder.record(fullDraft, Buffer.from('{}'));
    expect(records().map(({ sequence }) => sequence)).toEqual([1]);
  });

  it('refuses a body over the limit', async () => {
    const { recorder, journal } = await setUp();
    await expect(
      recorder.record(fullDraft, Buffer.alloc(limits.payloadBytes + 1)),
    ).rejects.toMatchObject({ code: 'audit/record-too-large' });
    expect(journal.frames).toEqual([]);
  });

  it('writes for every draft a leaf that reads back as it was', async () => {
    const { recorder, journal } = await setUp();
    const details = fc.dictionary(
      fc.string({ unit: 'grapheme' }).filter((key) => key !== '__proto__'),
      fc.oneof(fc.string({ unit: 'grapheme' }), fc.maxSafeInteger(), fc.boolean()),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...everyType), details, async (type, made) => {
        await recorder.record(draftOf(type, { details: made }));
        const leaf = Buffer.from(journal.leaves.at(-1) ?? '');
        expect(leaf.length).toBeLessThanOrEqual(limits.recordBytes);
        expect(parseRecord(leaf)).toMatchObject({ type, details: made });
      }),
      { numRuns: 200 },
    );
  });
});
