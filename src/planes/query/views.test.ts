import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordDraft, RecordType } from '#kernel/record.ts';
import { draftOf, without } from '../../../test/fakes/record-drafts.ts';
import { createIndexedWorld, type IndexedWorld } from '../../../test/fakes/indexed-world.ts';
import { views } from './views.ts';

let world: IndexedWorld;
beforeEach(async () => {
  world = await createIndexedWorld();
  await seed(world);
});
afterEach(() => world.close());

const day = 86_400_000;
const agent = (name: string) => [{ kind: 'agent', name }] as const;
const human = (name: string) => [{ kind: 'human', name }] as const;

/** A record with a name, which stands where its call would. */
function named(call: string, type: RecordType, over: Partial<RecordDraft> = {}): RecordDraft {
  const full = draftOf(type, { actors: agent('billing-bot') });
  const bare = without(full, 'wouldHave', 'lease', 'approval', 'task');
  const isRefusal = type.includes('refused');
  return { ...(isRefusal ? bare : without(bare, 'refusal')), ...over, call };
}

/** Some weeks of a company: what is too old for a view, and what each of them has to show. */
async function seed(company: IndexedWorld): Promise<void> {
  const { clock } = company;
  const write: IndexedWorld['write'] = (...of) => company.write(...of);
  await write([named('old-refusal', 'gateway.refused'), named('old-stop', 'stop.set')]);
  clock.advance(40 * day);
  await write([
    named('subject-early', 'policy.intent', { actors: [...human('a.meyer'), ...agent('support')] }),
    named('stop', 'stop.set', { actors: human('ada'), details: { target: 'agent:support' } }),
    named('released', 'stop.released', { actors: human('ada'), details: { reason: 'safe again' } }),
    named('config', 'config.applied', { details: { version: 2 } }),
  ]);
  clock.advance(20 * day);
  await write([
    named('lent-long-ago', 'policy.intent', { lease: draftOf('policy.intent').lease ?? [] }),
  ]);
  clock.advance(5 * day);
  await write([
    named('refused', 'gateway.refused'),
    named('asked', 'approval.requested', { approval: { id: 'ap-1' } }),
    named('rejected', 'approval.rejected', { actors: human('eve'), approval: { id: 'ap-1' } }),
  ]);
  clock.advance(day);
  await write(
    [
      named('approved', 'approval.approved', { actors: human('eve'), approval: { id: 'ap-2' } }),
      named('expired', 'approval.expired', { approval: { id: 'ap-3' } }),
      named('stored', 'credential.stored', { actors: human('ada'), details: { name: 'stripe' } }),
    ],
    'control-1',
  );
  await write([
    named('lent', 'policy.intent', { lease: draftOf('policy.intent').lease ?? [] }),
    named('about-meyer', 'identity.person-changed', {
      actors: human('ada'),
      details: { person: 'a.meyer' },
    }),
    named('soft', 'policy.outcome', {
      wouldHave: { phase: 'observe', effect: 'refuse', codes: [] },
    }),
    named('read', 'log.read', { actors: human('eve') }),
    named('asked-about', 'log.read', {
      actors: human('eve'),
      details: { path: '/v1/audit/records', query: { q: 'user:"a.meyer" since:7d -agent:x' } },
    }),
    named('looked-into', 'log.revealed', {
      actors: human('pia'),
      details: { record: 'r-1', whose: ['a.meyer'] },
    }),
  ]);
}

const shown = async (view: string, query = '') =>
  (await world.calls(query, { view })).toSorted((a = '', b = '') => a.localeCompare(b));

describe('the views that are built in', () => {
  it.each([
    [
      'subject-30-days',
      'subject:a.meyer',
      ['about-meyer', 'asked-about', 'looked-into', 'subject-early'],
    ],
    ['subject-30-days', 'subject:x', []],
    ['refused-this-week', '', ['expired', 'refused', 'rejected']],
    ['queued-then-denied', '', ['expired', 'rejected']],
    ['overrides', '', ['approved', 'released']],
    ['let-through', '', ['soft']],
    ['stops', '', ['released', 'stop']],
    ['policy-changes', '', ['config']],
    ['broker-24h', '', ['lent', 'stored']],
    ['log-reads', '', ['asked-about', 'read']],
  ])(
    'show for `%s` what a company of some weeks has of it [AUD-20]',
    async (view, query, calls) => {
      expect(await shown(view, query)).toEqual(calls);
    },
  );

  it('are each told what they show, and narrowed by what is asked beside them', async () => {
    expect(views.map(({ name }) => name)).toHaveLength(9);
    expect(await shown('refused-this-week', 'actor:eve')).toEqual(['rejected']);
    expect(await shown('stops', 'since:1d')).toEqual([]);
    await expect(shown('stop')).rejects.toMatchObject({
      code: 'audit/query-malformed',
      details: { suggestion: 'stops' },
    });
  });
});

describe('every view and every timeline', () => {
  it('is of the logs alone: with all else of the data folder gone it says the same, byte for byte [AUD-04]', async () => {
    const told = async () => {
      const found: string[] = [];
      for (const { name, needs } of views) {
        const query = needs === undefined ? '' : 'subject:a.meyer';
        const { records } = await world.ask(query, { view: name, proven: 'full' });
        found.push(`${name} ${JSON.stringify(records)}`);
      }
      found.push(JSON.stringify(await world.keeper().timeline('main', 'task-1')));
      return found;
    };
    const before = await told();
    expect(before.join('\n').length).toBeGreaterThan(10_000);
    for (const name of readdirSync(world.root)) {
      if (name !== 'log') rmSync(join(world.root, name), { recursive: true });
    }
    expect(readdirSync(world.root)).toEqual(['log']);
    world.reopen();
    expect(await told()).toEqual(before);
  });

  it('of the broker is narrowed by agent and by what was lent, and taken away as lines [CRD-13]', async () => {
    expect(await shown('broker-24h', 'agent:billing-bot')).toEqual(['lent']);
    expect(await shown('broker-24h', 'agent:another-bot')).toEqual([]);
    expect(await shown('broker-24h', 'secret:billing')).toEqual(['lent']);
    const { records } = await world.ask('secret:billing', { view: 'broker-24h', proven: 'leaf' });
    expect(records.map(({ leaf = '' }) => JSON.parse(leaf) as unknown)).toMatchObject([
      { lease: [{ secret: 'billing', scope: 'billing/x' }] },
    ]);
  });
});

describe('a wrong outcome', () => {
  it('leads back to its prompt, model, rules, configuration, tool definition and who approved it [AUD-18]', async () => {
    const task = 't-wrong';
    const at = (letter: string) => letter.repeat(64);
    const step = async (draft: RecordDraft, writer = 'gateway-1') => {
      world.clock.advance(10);
      await world.write([draft], writer);
    };
    const pay = { target: 'tool:billing/pay', digest: at('d'), effectClass: 'write' } as const;
    const model = { target: 'model:openai/gpt-5', digest: at('e'), effectClass: 'read' } as const;
    const decision = { ...draftOf('policy.intent').decision, rules: ['refunds/wide'] };
    await step(
      named('ask', 'policy.intent', {
        task,
        target: model,
        arguments: { sha256: at('1'), bytes: 9 },
      }),
    );
    await step(named('pay', 'gateway.held', { task, target: pay, approval: { id: 'ap-w' } }));
    await step(
      named('pay', 'approval.approved', { approval: { id: 'ap-w' }, actors: human('eve') }),
      'control-1',
    );
    await step(
      named('pay', 'policy.intent', {
        task,
        target: pay,
        snapshot: at('c'),
        decision: decision as NonNullable<RecordDraft['decision']>,
      }),
    );
    await step(named('pay', 'policy.outcome', { task, target: pay, effect: 'unknown' }));
    const [found] = (await world.ask('outcome:unknown')).records;
    expect(found?.record).toMatchObject({ task, call: 'pay' });
    const { records } = await world.keeper().timeline('main', found?.record.task ?? '');
    const lineage = records.map(({ record }) => record);
    expect(lineage).toMatchObject([
      { target: { target: model.target, digest: model.digest }, arguments: { sha256: at('1') } },
      { type: 'gateway.held', approval: { id: 'ap-w' } },
      { type: 'approval.approved', actors: [{ name: 'eve' }] },
      { target: { digest: pay.digest }, snapshot: at('c'), decision: { rules: ['refunds/wide'] } },
      { type: 'policy.outcome', effect: 'unknown' },
    ]);
  });
});

describe('the timeline of a task', () => {
  it('goes from the prompt to the backend, over agents and writers, with approvals that name only the call [OBS-08] [AUD-18]', async () => {
    const task = 't-9';
    const trace = `00-${'9'.repeat(32)}-${'b'.repeat(16)}-01`;
    const of = { task, trace, session: 's-9' };
    const model = { ...draftOf('policy.intent').target, target: 'model:openai/gpt-5' };
    const target = { digest: 'a'.repeat(64), effectClass: 'write' as const, ...model };
    const step = async (draft: RecordDraft, writer = 'gateway-1') => {
      world.clock.advance(10);
      await world.write([draft], writer);
    };
    await step(named('prompt', 'policy.intent', { ...of, target, actors: human('a.meyer') }));
    await step(named('prompt', 'policy.outcome', of));
    await step(named('pay', 'gateway.held', { ...of, approval: { id: 'ap-9' } }));
    const approval = without(
      named('pay', 'approval.approved', { approval: { id: 'ap-9' } }),
      'task',
    );
    await step(approval, 'control-1');
    await step(named('pay', 'policy.intent', { ...of, actors: agent('sub-agent') }), 'gateway-2');
    await step(named('pay', 'policy.outcome', of), 'gateway-2');
    await step(named('else', 'policy.intent', { task: 't-10' }));
    const { records, cut, reach } = await world.keeper().timeline('main', task);
    expect(cut).toBe(false);
    expect(records.map(({ record }) => [record.type, record.call])).toEqual([
      ['policy.intent', 'prompt'],
      ['policy.outcome', 'prompt'],
      ['gateway.held', 'pay'],
      ['approval.approved', 'pay'],
      ['policy.intent', 'pay'],
      ['policy.outcome', 'pay'],
    ]);
    expect(new Set(records.map(({ origin }) => origin)).size).toBe(3);
    expect(reach.every(({ complete, size }) => complete === size)).toBe(true);
    expect(await world.calls(`trace:${'9'.repeat(32)} action:policy.intent`)).toEqual([
      'pay',
      'prompt',
    ]);
    expect((await world.keeper().timeline('main', 'nobody')).records).toEqual([]);
  });
});
