import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mostNamedObjects, openObjectMs } from '#contracts/object-book.ts';
import type { Store } from '#contracts/store.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { systemClock } from '#kernel/time.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import { definition } from '../../test/fakes/gateway-documents.ts';
import { createGatewayWorld, type GatewayWorld } from '../../test/fakes/gateway-world.ts';
import type { TestInstance } from '../../test/fakes/identity-world.ts';

const text = { type: 'string' };
const open = { type: 'object', properties: { key: text, text } };
const any = { type: 'object', properties: { key: {}, text } };
const clean = { labels: [] };
const sinks = { key: 'path', text: 'payload' };
const tool = (effect: string, objects: JsonObject) => ({
  effect,
  results: clean,
  ...(effect === 'write' ? { reversible: true } : {}),
  flow: { sinks, objects },
});
const documents = {
  definitions: [
    ...['mail', 'change', 'save', 'append', 'recall', 'search', 'make', 'list'].map((name) =>
      definition(name, open),
    ),
    ...['look', 'put'].map((name) => definition(name, any)),
  ],
  server: {
    tools: {
      mail: { effect: 'read' },
      save: tool('write', { writes: [{ kind: 'memory', at: 'key', how: 'whole' }] }),
      append: tool('write', { writes: [{ kind: 'memory', at: 'key' }] }),
      change: tool('write', { writes: [{ kind: 'memory', at: 'key' }] }),
      recall: tool('read', { reads: [{ kind: 'memory', at: 'key' }] }),
      look: tool('read', { reads: [{ kind: 'memory', at: 'key' }] }),
      put: tool('write', { writes: [{ kind: 'memory', at: 'key' }] }),
      search: tool('read', { reads: [{ kind: 'memory' }] }),
      make: tool('write', { makes: [{ kind: 'ticket', in: 'id' }] }),
      list: tool('read', { reads: [{ kind: 'ticket', in: 'tickets[].id' }] }),
    },
  },
  policies: [
    '@id("yes") permit(principal, action, resource);',
    `@id("notes") @untrusted("allow") permit(principal, action in [Action::"fake/save",
      Action::"fake/append", Action::"fake/put", Action::"fake/make"], resource)
      when { resource.effect == "write" && resource.reversible };`,
  ],
};

let folder: string;
let store: Store;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'objects-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Side {
  readonly world: GatewayWorld;
  readonly worker: TestInstance;
}
/** Another gateway, another agent's task: of the first nothing is known here but what the store says. */
async function side(agent: JsonObject = {}): Promise<Side> {
  const world = await createGatewayWorld({ ...documents, agent, objects: store.objects });
  const worker = await world.enrol();
  world.control.takeGateways(1, 1);
  return { world, worker };
}

let at = 0;
let writer: Side;
let reader: Side;
beforeEach(async () => {
  at += 1;
  store = await openSqliteStore({ folder: join(folder, `${at}`), clock: systemClock });
  [writer, reader] = [await side(), await side()];
  return () => store.close();
});

async function call({ world, worker }: Side, name: string, args: JsonObject): Promise<string> {
  const outcome = await world.ask(worker, name, args);
  return outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind;
}
const answers = ({ world }: Side, structuredContent: JsonObject) => {
  world.onCall = () => ({
    kind: 'answer',
    result: { content: [], structuredContent },
    bytes: 9,
  });
};
const raised = ({ world }: Side) =>
  world.records
    .filter(({ type }) => type === 'label.raised')
    .map(({ labels, details }) => [labels?.out, details?.['source']]);
const taint = () => call(writer, 'mail', {});

describe('what a task writes keeps its labels', () => {
  it('in the task of another agent at another gateway, under any spelling, with where it came from [SEM-18, D-11]', async () => {
    await taint();
    expect(await call(writer, 'append', { key: 'notes/todo.md', text: 'pay' })).toBe('result');
    expect(await call(reader, 'recall', { key: 'notes/other.md' })).toBe('result');
    expect(raised(reader)).toEqual([]);
    expect(await call(reader, 'recall', { key: './Notes//x/../todo.md' })).toBe('result');
    expect(raised(reader)).toEqual([[['integrity:untrusted'], 'fake/recall < fake/append']]);
    const intent = writer.world.records.findLast(({ type }) => type === 'policy.intent');
    expect(intent?.details).toMatchObject({ labelled: { count: 1 } });
    expect(JSON.stringify(writer.world.records)).not.toContain('todo.md');
  });

  it('before it leaves: without the store nothing is written and nothing is read [SEM-18]', async () => {
    await taint();
    await store.close();
    const sent = writer.world.invocations.length;
    expect(await call(writer, 'append', { key: 'a' })).toBe('semantic/label-unavailable');
    expect(writer.world.invocations).toHaveLength(sent);
    expect(writer.world.records.at(-1)?.type).toBe('policy.outcome');
    expect(await call(reader, 'recall', { key: 'a' })).toBe('semantic/label-unavailable');
    store = await openSqliteStore({ folder: join(folder, `${at}`), clock: systemClock });
  });

  it('also where nobody knows what came of the call [SEM-18]', async () => {
    await taint();
    writer.world.onCall = () => {
      throw new Error('the line is gone');
    };
    await call(writer, 'save', { key: 'a', text: 'x' });
    answers(reader, {});
    expect(await call(reader, 'save', { key: 'a', text: 'clean' })).toBe('result');
    expect(await call(reader, 'recall', { key: 'a' })).toBe('result');
    expect(raised(reader)).toHaveLength(1);
  });

  it.each(['/srv/notes/todo.md', '../notes/todo.md', 'file:///srv/notes/todo.md', 'TODO%2Emd'])(
    'also where it is read as %s [SEM-18]',
    async (key) => {
      await taint();
      await call(writer, 'append', { key: 'todo.md', text: 'pay eve' });
      expect(await call(reader, 'recall', { key })).toBe('result');
      expect(raised(reader)).toHaveLength(1);
    },
  );

  it('until clean work writes it whole; what is added to it cleans nothing [SEM-18]', async () => {
    await taint();
    await call(writer, 'save', { key: 'a', text: 'pay eve' });
    await call(reader, 'append', { key: 'a', text: 'lunch' });
    expect(await store.objects.list('main')).toHaveLength(1);
    await call(writer, 'save', { key: 'a', text: 'pay eve again' });
    expect(await store.objects.list('main')).toHaveLength(1);
    await call(reader, 'save', { key: 'a', text: 'lunch at noon' });
    expect(await store.objects.list('main')).toEqual([]);
    expect(await call(reader, 'recall', { key: 'a' })).toBe('result');
    expect(raised(reader)).toEqual([]);
  });

  it('where a document does not say which one, as all of its kind [SEM-18]', async () => {
    await taint();
    await call(writer, 'append', { key: 'a', text: 'pay' });
    expect(await call(reader, 'search', { text: 'lunch' })).toBe('result');
    expect(raised(reader)).toHaveLength(1);
    const third = await side();
    await call(writer, 'append', { text: 'no key' });
    expect(await call(third, 'recall', { key: 'never written' })).toBe('result');
    expect(raised(third)).toHaveLength(1);
  });

  it.each([{ key: [] }, { key: null }, { key: '*' }, { key: '.' }, {}])(
    'and whoever reads %j reads all of its kind [SEM-18]',
    async (args) => {
      await taint();
      await call(writer, 'append', { key: 'a', text: 'pay eve' });
      expect(await call(reader, 'look', args)).toBe('result');
      expect(raised(reader)).toHaveLength(1);
      const ids = (await store.objects.list('main')).map(({ id }) => id);
      await store.objects.hold('main', ids, { by: 'ada', reason: 'poisoned', now: 1 });
      expect(await call(reader, 'look', args)).toBe('semantic/object-withheld');
    },
  );

  it('and a list of nothing that is written is all of its kind [SEM-18]', async () => {
    await taint();
    expect(await call(writer, 'put', { key: [], text: 'x' })).toBe('result');
    expect((await store.objects.list('main')).map(({ name }) => name)).toEqual(['*']);
  });

  it.each(['', ' ', '.', '../', '*', 'notes/*'])(
    'and is not written where its name is none: %j labels no whole kind [SEM-18]',
    async (key) => {
      await taint();
      const sent = writer.world.invocations.length;
      expect(await call(writer, 'put', { key, text: 'x' })).toBe('semantic/object-unnamed');
      expect(await call(writer, 'put', { key: ['a', key] })).toBe('semantic/object-unnamed');
      expect(writer.world.invocations).toHaveLength(sent);
      expect(await store.objects.list('main')).toEqual([]);
      expect(await call(reader, 'put', { key, text: 'clean' })).toBe('result');
    },
  );

  it('by the id that its server gives it, and until that is known as all of its kind [SEM-18]', async () => {
    await taint();
    let during: readonly string[] = [];
    writer.world.onCall = async () => {
      during = (await store.objects.list('main')).map(({ id }) => id);
      return { kind: 'answer', result: { content: [], structuredContent: { id: 7 } }, bytes: 9 };
    };
    await call(writer, 'make', { text: 'x' });
    expect(during).toEqual(['ticket/*']);
    answers(reader, { tickets: [{ id: 8 }] });
    await call(reader, 'list', {});
    expect(raised(reader)).toEqual([]);
    answers(reader, { tickets: [{ id: 8 }, { id: 7 }] });
    await call(reader, 'list', {});
    expect(raised(reader)).toHaveLength(1);
  });

  it.each([
    ['an error', { content: [], isError: true }],
    ['no id where its document says', { content: [], structuredContent: { ids: 7 } }],
  ])(
    'as all of its kind where what makes it answers %s, while it may be on its way and not for good [SEM-18]',
    async (_what, result) => {
      await taint();
      writer.world.onCall = () => ({ kind: 'answer', result, bytes: 9 });
      expect(await call(writer, 'make', { text: 'x' })).toBe('result');
      answers(reader, { tickets: [{ id: 8 }] });
      await call(reader, 'list', {});
      expect(raised(reader)).toHaveLength(1);
      const later = await side();
      later.world.identity.clock.advance(openObjectMs + 60_000);
      later.world.confirm();
      answers(later, { tickets: [{ id: 8 }] });
      expect(await call(later, 'list', {})).toBe('result');
      expect(raised(later)).toEqual([]);
    },
  );

  it('as all of its kind for good where it made more than is followed [SEM-18]', async () => {
    await taint();
    const list = Array.from({ length: mostNamedObjects + 1 }, (_, id) => id);
    answers(writer, { id: list });
    await call(writer, 'make', { text: 'x' });
    const rows = await store.objects.list('main');
    expect(rows.map(({ name }) => name)).toEqual(['*']);
  });
});

describe('what a person holds', () => {
  it('is read by nobody and in no list, until clean work writes it anew [SEM-18]', async () => {
    await taint();
    await call(writer, 'append', { key: 'a', text: 'pay eve' });
    const ids = (await store.objects.list('main')).map(({ id }) => id);
    await store.objects.hold('main', ids, { by: 'ada', reason: 'poisoned', now: 1 });
    for (const one of [writer, reader]) {
      const sent = one.world.invocations.length;
      expect(await call(one, 'recall', { key: 'A' })).toBe('semantic/object-withheld');
      expect(one.world.invocations).toHaveLength(sent);
      expect(await call(one, 'search', {})).toBe('semantic/object-withheld');
      expect(await call(one, 'recall', { key: 'b' })).toBe('result');
    }
    expect(raised(reader)).toEqual([]);
    await call(reader, 'save', { key: 'a', text: 'lunch' });
    expect(await call(reader, 'recall', { key: 'a' })).toBe('result');
    expect(await call(reader, 'search', {})).toBe('result');
  });

  it('is not needed for what an agent may not see: a note gives it nothing more [SEM-18]', async () => {
    const cleared = await side({ clearance: [] });
    const where = { task: 't', agent: 'bot', source: 'hr/person', now: 1, open: false };
    const labels = ['confidentiality:personal'] as const;
    const objects = [{ kind: 'memory', name: 'pay', named: 'pay', id: 'o1' }];
    await store.objects.mark('main', { ...where, labels, objects });
    expect(await call(cleared, 'recall', { key: 'pay' })).toBe('semantic/object-withheld');
    expect(await call(reader, 'recall', { key: 'pay' })).toBe('result');
    expect(raised(reader)).toEqual([[[...labels], 'fake/recall < hr/person']]);
  });
});

describe('a held call', () => {
  it('carries what its task was told before of the thing that it writes, and nothing where it was told nothing [APR-15]', async () => {
    await taint();
    answers(writer, { memory: { key: 'a', text: 'pay bob' } });
    expect(await call(writer, 'recall', { key: 'a' })).toBe('result');
    await call(reader, 'mail', {});
    const before = async (by: Side) => {
      const args = { key: 'a', text: 'pay eve' };
      const outcome = await by.world.ask(by.worker, 'change', args);
      if (outcome.kind !== 'held') throw new Error(outcome.kind);
      const { approvalId } = outcome.approval;
      const text = (await by.world.ledger.byId('main', approvalId))?.context.beforeText;
      return text === undefined ? undefined : (JSON.parse(text) as JsonObject[]);
    };
    expect(await before(writer)).toMatchObject([
      { argument: 'text', was: '"pay bob"', from: 'fake/recall' },
    ]);
    expect(await before(reader)).toBeUndefined();
  });
});
