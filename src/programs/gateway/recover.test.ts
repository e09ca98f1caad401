import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileKeyring } from '#adapters/keyring/file/index.ts';
import { createState, createUnreconciled } from '#gateway/index.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { PartsTally } from '#kernel/outcome-parts.ts';
import { createAuditReader, outcomePartDraft } from '#planes/audit/index.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { systemClock as clock } from '#kernel/time.ts';
import { createStanding } from '#planes/lifecycle/index.ts';
import { FakeEffects } from '../../../test/fakes/fake-effects.ts';
import { FakePayloadKeys } from '../../../test/fakes/fake-payload-keys.ts';
import { draftOf } from '../../../test/fakes/record-drafts.ts';
import { openProgramLog, type ProgramLog } from '../program-log.ts';
import type { GatewayParts } from './parts.ts';
import { recoverIntents } from './recover.ts';

const keyed = (tenant: string, digest: string): string => `${tenant}:${digest}`;

const writer = 'gateway-1';
let folder = '';
let log: ProgramLog;
let book: FakePayloadKeys;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-recover-'));
  const keys = join(folder, 'keys');
  const keyring = await createFileKeyring({ folder: keys });
  const data = join(folder, 'data');
  book = new FakePayloadKeys();
  const place = { data, writer, tenant: 'main', ratchetFolder: keys };
  log = await openProgramLog({ ...place, keyring, clock, lentKeys: book });
  await log.recorder.record(draftOf('gateway.started'));
});
afterEach(async () => {
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

const tool = (effectClass: 'read' | 'write') => ({
  target: { target: 'tool:fake/pay', digest: 'd', effectClass },
  task: 't',
});

async function intend(text: string, effectClass: 'read' | 'write' = 'write'): Promise<string> {
  const draft = draftOf('policy.intent', { ...tool(effectClass), call: text });
  return (await log.recorder.record(draft, Buffer.from(text), { subject: 'ann' })).id;
}

async function settle(intent: string, over: Partial<RecordDraft>): Promise<string> {
  const draft = draftOf('policy.outcome', { ...tool('write'), intent, ...over });
  return (await log.recorder.record(draft)).id;
}

/** The next life of the gateway, over the log that ended without a word. */
async function recovered(unreconciled: readonly string[] = []) {
  await log.flush();
  const effects = new FakeEffects();
  const { state } = createState({ standing: createStanding(), stopLeaseMs: 5_000, writer });
  const gateway = { writer, life: 'next' };
  const own = createUnreconciled({ effects, state, gateway, clock, keyed });
  const { recorder, sealer } = log;
  const parts = { recorder, sealer, unreconciled: own } as unknown as GatewayParts;
  await recoverIntents(parts, { log, tenant: 'main', writer, unreconciled });
  await own.tell();
  return effects.reports.map(({ argumentsDigest, effect, ref }) => ({
    argumentsDigest,
    effect,
    ref,
  }));
}

describe('a gateway that ended without a word', () => {
  it('tells what it left open as unknown, and what it had just done as done [AUD-05]', async () => {
    const open = await intend('open');
    await intend('a read', 'read');
    const outcome = await settle(await intend('done'), { effect: 'done' });
    const unknown = await intend('cancelled');
    await settle(unknown, { effect: 'unknown' });
    expect(await recovered()).toEqual([
      { argumentsDigest: keyed('main', sha256Hex('cancelled')), effect: 'unknown', ref: unknown },
      { argumentsDigest: keyed('main', sha256Hex('open')), effect: 'unknown', ref: open },
      { argumentsDigest: keyed('main', sha256Hex('done')), effect: 'done', ref: outcome },
    ]);
  });

  it('names the windows of a stream that was cut off, whose effect nobody knows [AUD-05]', async () => {
    const intent = await intend('a stream');
    const tally = new PartsTally();
    const ids: string[] = [];
    for (const text of ['one', 'two', 'three']) {
      const commitment = log.recorder.commit(Buffer.from(text));
      const draft = outcomePartDraft(draftOf('policy.intent'), intent, tally, commitment);
      expect(draft).toMatchObject({ type: 'policy.outcome-part', part: { bytes: text.length } });
      const { id } = await log.recorder.record(draft);
      tally.add(id, { bytes: text.length, commitment });
      ids.push(id);
    }
    const plain = await intend('nothing left of it');
    expect(await recovered()).toMatchObject([
      { effect: 'unknown', ref: intent },
      { effect: 'unknown', ref: plain },
    ]);
    await log.flush();
    const reader = createAuditReader({ readers: () => log.readers(), sealer: log.sealer });
    const outcomes = await reader.tail({ tenant: 'main', type: 'policy.outcome', limit: 10 });
    expect(tally.sum()).toMatchObject({ count: 3, bytes: 11, last: ids[2] });
    const told = new Map(outcomes.map(({ record }) => [record.intent, record]));
    expect(told.get(intent)).toMatchObject({ effect: 'unknown', parts: tally.sum() });
    expect(told.get(plain)?.parts).toBeUndefined();
  });

  it('tells again what an earlier life could not tell, from the names in its file', async () => {
    const intent = await intend('long ago');
    const outcome = await settle(await intend('done long ago'), { effect: 'done' });
    await settle(intent, { effect: 'unknown' });
    await log.recorder.record(draftOf('gateway.started'));
    expect(await recovered()).toEqual([]);
    expect(await recovered([intent, outcome])).toEqual([
      { argumentsDigest: keyed('main', sha256Hex('long ago')), effect: 'unknown', ref: intent },
      { argumentsDigest: keyed('main', sha256Hex('done long ago')), effect: 'done', ref: outcome },
    ]);
  });

  it('waits for whoever lends the keys, and tells what was erased meanwhile, equal to no call [DAT-10]', async () => {
    const open = await intend('open');
    let asked = 0;
    book.byHandle = async () => {
      asked += 1;
      if (asked < 3) throw new BailiwickError('store/unavailable');
      return undefined;
    };
    const handle = (await book.of('main', 'ann'))?.handle ?? '';
    await book.destroy({ tenant: 'main', handle, record: 'r', now: 0 });
    const [told, ...more] = await recovered();
    expect(more).toEqual([]);
    expect(told).toMatchObject({ effect: 'unknown', ref: open });
    expect(told?.argumentsDigest).not.toBe(keyed('main', sha256Hex('open')));
    expect(asked).toBe(3);
  });
});
