import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileKeyring } from '#adapters/keyring/file/index.ts';
import { createState, createUnreconciled } from '#gateway/index.ts';
import { sha256Hex } from '#kernel/digest.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { systemClock as clock } from '#kernel/time.ts';
import { createStanding } from '#planes/lifecycle/index.ts';
import { FakeEffects } from '../../../test/fakes/fake-effects.ts';
import { draftOf } from '../../../test/fakes/record-drafts.ts';
import { openProgramLog, type ProgramLog } from '../program-log.ts';
import type { GatewayParts } from './parts.ts';
import { recoverIntents } from './recover.ts';

const writer = 'gateway-1';
let folder = '';
let log: ProgramLog;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-recover-'));
  const keys = join(folder, 'keys');
  const keyring = await createFileKeyring({ folder: keys });
  const data = join(folder, 'data');
  log = await openProgramLog({ data, writer, tenant: 'main', ratchetFolder: keys, keyring, clock });
  await log.recorder.record(draftOf('gateway.started'));
});
afterEach(async () => {
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

const tool = (effectClass: 'read' | 'write') => ({
  tool: { server: 'fake', name: 'pay', digest: 'd', effectClass },
  task: 't',
});

async function intend(text: string, effectClass: 'read' | 'write' = 'write'): Promise<string> {
  const draft = draftOf('policy.intent', { ...tool(effectClass), call: text });
  return (await log.recorder.record(draft, Buffer.from(text))).id;
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
  const own = createUnreconciled({ effects, state, gateway, clock });
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
      { argumentsDigest: sha256Hex('cancelled'), effect: 'unknown', ref: unknown },
      { argumentsDigest: sha256Hex('open'), effect: 'unknown', ref: open },
      { argumentsDigest: sha256Hex('done'), effect: 'done', ref: outcome },
    ]);
  });

  it('tells again what an earlier life could not tell, from the names in its file', async () => {
    const intent = await intend('long ago');
    const outcome = await settle(await intend('done long ago'), { effect: 'done' });
    await settle(intent, { effect: 'unknown' });
    await log.recorder.record(draftOf('gateway.started'));
    expect(await recovered()).toEqual([]);
    expect(await recovered([intent, outcome])).toEqual([
      { argumentsDigest: sha256Hex('long ago'), effect: 'unknown', ref: intent },
      { argumentsDigest: sha256Hex('done long ago'), effect: 'done', ref: outcome },
    ]);
  });
});
