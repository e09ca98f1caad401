import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '#kernel/digest.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Label } from '#kernel/label.ts';
import { limits } from '#kernel/limits.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { approvalBinding, askedContext } from '../../test/fakes/approval-asks.ts';
import { type ControlWorld, createControlWorld } from '../../test/fakes/control-world.ts';
import { draftOf } from '../../test/fakes/record-drafts.ts';

const untrusted: readonly Label[] = ['integrity:untrusted'];
const pay = 'tool:fake/pay';

let world: ControlWorld;
beforeEach(async () => {
  world = await createControlWorld();
});
afterEach(() => world.close());

/** A second after what was there before. */
async function happened(over: Partial<RecordDraft>): Promise<void> {
  world.clock.advance(1_000);
  await world.log.record(draftOf(over.type ?? 'policy.outcome', { task: 't', ...over }));
}

const answered = (call: string, name: string, out: readonly Label[] = []) =>
  happened({ call, labels: { in: [], out }, target: target(`tool:fake/${name}`) });
const target = (text: string) => ({
  target: text,
  digest: 'a'.repeat(64),
  effectClass: 'read' as const,
});
const heldAs = (call: string, id: string) =>
  happened({
    type: 'gateway.held',
    call,
    target: target(pay),
    labels: { in: untrusted, out: [] },
    approval: { id, class: 'write' },
  });

async function asked(call: string, task = 't'): Promise<string> {
  world.clock.advance(1_000);
  const now = world.clock.now();
  const binding = approvalBinding({ agent: 'worker', target: pay, session: call });
  const { id } = await world.store.grants.request({
    binding,
    callDigest: sha256Hex(call.replace(/-\d+$/, '')),
    context: askedContext(binding, call, { labels: untrusted, task }),
    now,
    expiresAt: now + limits.approvalMs,
    pendingLimit: 50,
  });
  return id;
}

async function storyOf(id: string): Promise<readonly JsonObject[] | null> {
  const { status, body } = await world.ask('GET', `/v1/approvals/${id}/beside`, {
    as: world.credential('auditor'),
  });
  expect(status).toBe(200);
  return body['story'] as readonly JsonObject[] | null;
}
const calls = async (id: string) => (await storyOf(id))?.map(({ call }) => call);

describe('the story beside a held call', () => {
  it('is of what came before it: what brought labels stands first, whatever the task repeats [APR-15]', async () => {
    await answered('plain', 'list');
    await answered('poisoned', 'mail', untrusted);
    await answered('after', 'list');
    const id = await asked('held');
    await heldAs('held', id);
    for (let at = 0; at < 10; at += 1) await heldAs(`again-${at}`, id);
    await answered('later', 'list', untrusted);
    expect(await calls(id)).toEqual(['poisoned', 'plain', 'after']);
    expect((await storyOf(id))?.[0]).toMatchObject({ brought: untrusted, target: 'fake/mail' });
  });

  it('leaves out the same call where it was asked about before, and what is old gives way to what brought labels [APR-15]', async () => {
    await answered('poisoned', 'mail', untrusted);
    const before = await asked('held-1');
    for (let at = 0; at < 30; at += 1) await heldAs(`before-${at}`, before);
    for (let at = 0; at < 12; at += 1) await answered(`plain-${at}`, 'list');
    world.clock.advance(limits.approvalMs);
    const id = await asked('held-2');
    const last = Array.from({ length: 9 }, (_, at) => `plain-${at + 3}`);
    expect(await calls(id)).toEqual(['poisoned', ...last]);
    // Asked about while it was held only: the task did nothing else.
    expect(await calls(before)).toEqual(['poisoned']);
  });

  it('is of its task alone: a name that a question would read as more is not asked for [APR-15]', async () => {
    await answered('plain', 'list');
    for (const task of ['t" action:*', 't action:log.read', 't,u', '']) {
      expect(await storyOf(await asked(`held ${task}`, task)), task).toBeNull();
    }
    expect(await calls(await asked('held', 't'))).toEqual(['plain']);
  });
});
