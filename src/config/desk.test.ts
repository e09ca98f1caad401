import { beforeEach, describe, expect, it } from 'vitest';
import type { DocumentDesk } from '#contracts/document-desk.ts';
import type { DocumentKind } from '#contracts/document-kind.ts';
import { section } from '#contracts/section.ts';
import type { StoredDocument } from '#contracts/document-store.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Person } from '#kernel/principal.ts';
import { createTurns } from '#kernel/turns.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeDocumentStore } from '../../test/fakes/fake-document-store.ts';
import { FakeLog } from '../../test/fakes/fake-log.ts';
import { createDocumentDesk } from './index.ts';

let clock: ManualClock;
let log: FakeLog;
let documents: FakeDocumentStore;
let desk: DocumentDesk;
let rehearsed: StoredDocument[];
let rehearsedWithout: string[];
let rehearsalFault: Error | undefined;
let compileFault: Error | undefined;

const ann: Person = { tenant: 'main', name: 'ann', roles: ['admin'] };

const agentKind: DocumentKind = {
  kind: 'Agent',
  section: section('agents'),
  parse: (name, spec) =>
    spec['broken'] === true
      ? {
          kind: 'problems',
          problems: [{ path: ['spec', 'broken'], message: 'no', suggestedAction: 'mend it' }],
        }
      : { kind: 'parsed', entry: { ...spec, name }, references: [] },
};

beforeEach(() => {
  clock = new ManualClock();
  log = new FakeLog(clock);
  documents = new FakeDocumentStore();
  rehearsed = [];
  rehearsedWithout = [];
  rehearsalFault = undefined;
  compileFault = undefined;
  const turns = createTurns();
  desk = createDocumentDesk({
    documents,
    alone: (tenant, act) => turns.take(tenant, act),
    kinds: [
      agentKind,
      { ...agentKind, kind: 'Gate', writtenBy: 'admin' },
      {
        ...agentKind,
        kind: 'Door',
        writtenBy: ({ open }) => (open === true ? 'admin' : undefined),
      },
    ],
    recorder: log,
    clock,
    async rehearse(_tenant, document) {
      rehearsed.push(document);
      if (rehearsalFault !== undefined) throw rehearsalFault;
    },
    async rehearseWithout(_tenant, kind, name) {
      rehearsedWithout.push(`${kind}/${name}`);
      if (rehearsalFault !== undefined) throw rehearsalFault;
    },
    async recompile() {
      if (compileFault !== undefined) throw compileFault;
      const all = await documents.list('main');
      return { digest: all.map(({ digest }) => digest).join('+') };
    },
  });
});

const put = (spec: JsonObject, over: object = {}) =>
  desk.put({ by: ann, kind: 'Agent', name: 'worker', spec, reason: 'ticket 12', ...over });

async function codeOf(act: Promise<unknown>): Promise<string> {
  return act.then(
    () => 'done',
    (fault: unknown) => (fault instanceof BailiwickError ? fault.code : String(fault)),
  );
}

const specs = async (tenant = 'main') => (await documents.list(tenant)).map(({ spec }) => spec);
const types = () => log.drafts.map(({ type }) => type);

describe('a document', () => {
  it('is put on record with who, what and why before it is in force', async () => {
    const { document, snapshot } = await put({ a: 1 });
    expect(document).toMatchObject({ name: 'worker', owner: 'api', appliedBy: 'ann' });
    expect(snapshot).toBe(document.digest);
    expect(log.drafts).toMatchObject([
      {
        type: 'config.applied',
        tenant: 'main',
        actors: [{ kind: 'human', name: 'ann' }],
        details: {
          kind: 'Agent',
          name: 'worker',
          digest: document.digest,
          reason: 'ticket 12',
        },
      },
    ]);
  });

  it('that cannot be recorded changes nothing [AUD-05]', async () => {
    await put({ a: 1 });
    log.failing = true;
    expect(await codeOf(put({ a: 2 }))).toBe('audit/unavailable');
    expect(await specs()).toEqual([{ a: 1 }]);
  });

  it('that does not parse or compile is refused before anybody writes that it was applied', async () => {
    expect(await codeOf(put({ broken: true }))).toBe('config/invalid');
    expect(await codeOf(put({}, { kind: 'Nothing' }))).toBe('config/invalid');
    rehearsalFault = new BailiwickError('config/invalid');
    expect(await codeOf(put({ a: 1 }))).toBe('config/invalid');
    expect(rehearsed).toMatchObject([{ tenant: 'main', name: 'worker', spec: { a: 1 } }]);
    expect([await specs(), types()]).toEqual([[], []]);
  });

  it('that is not in force after all is put back, and a record says so', async () => {
    await put({ a: 1 });
    log.drafts.length = 0;
    compileFault = new BailiwickError('store/unavailable');
    expect(await codeOf(put({ a: 2 }))).toBe('store/unavailable');
    expect(await codeOf(put({ b: 1 }, { name: 'fresh' }))).toBe('store/unavailable');
    expect(await specs()).toEqual([{ a: 1 }]);
    const pair = ['config.applied', 'act.reconciled'];
    expect(types()).toEqual([...pair, ...pair]);
  });

  it('is taken out on record, once all others compile without it', async () => {
    await put({ a: 1 });
    log.drafts.length = 0;
    const remove = (over: object = {}) =>
      desk.remove({ by: ann, kind: 'Agent', name: 'worker', ...over });
    rehearsalFault = new BailiwickError('config/invalid');
    expect(await codeOf(remove())).toBe('config/invalid');
    expect([await specs(), types(), rehearsedWithout]).toEqual([[{ a: 1 }], [], ['Agent/worker']]);
    rehearsalFault = undefined;
    log.failing = true;
    expect(await codeOf(remove())).toBe('audit/unavailable');
    log.failing = false;
    expect(await specs()).toEqual([{ a: 1 }]);
    await remove({ reason: 'ticket 9' });
    expect(await specs()).toEqual([]);
    expect(log.drafts).toMatchObject([
      { type: 'config.applied', details: { name: 'worker', removed: true, reason: 'ticket 9' } },
    ]);
    expect(await codeOf(remove())).toBe('api/not-found');
    const auditor = { ...ann, roles: ['auditor'] };
    expect(await codeOf(remove({ by: auditor }))).toBe('api/forbidden');
  });

  it('of a folder is changed in the folder', async () => {
    await documents.replaceAll({
      tenant: 'main',
      owner: 'folder',
      documents: [{ kind: 'Agent', name: 'worker', spec: { a: 1 }, digest: 'd' }],
      by: 'folder',
      now: 0,
    });
    expect(await codeOf(put({ a: 2 }))).toBe('store/conflict');
    expect(types()).toEqual([]);
  });

  it('is for admins, each in their own tenant [DAT-01]', async () => {
    expect(await codeOf(put({ a: 1 }, { by: { ...ann, roles: ['approver'] } }))).toBe(
      'api/forbidden',
    );
    await put({ a: 1 }, { by: { ...ann, tenant: 'other' } });
    expect([await specs('main'), await specs('other')]).toEqual([[], [{ a: 1 }]]);
    expect(await desk.list('main')).toEqual([]);
    expect(await desk.list('other', 'Manifest')).toEqual([]);
  });

  it('is for operators, unless it says what people may: that is an admin`s', async () => {
    const by: Person = { ...ann, roles: ['operator'] };
    expect(await codeOf(put({ a: 1 }, { by }))).toBe('done');
    expect(await codeOf(put({ a: 1 }, { by, kind: 'Gate' }))).toBe('api/forbidden');
    expect(await codeOf(put({ a: 1 }, { kind: 'Gate' }))).toBe('done');
    expect(await codeOf(desk.remove({ by, kind: 'Gate', name: 'worker' }))).toBe('api/forbidden');
  });

  it('that says what people may is written and taken out by a person, never by an API token', async () => {
    const through = { kind: 'token', id: 'pat-1' } as const;
    const by: Person = { ...ann, through };
    const gate = { kind: 'Gate', name: 'worker' };
    expect(await codeOf(put({ a: 1 }, { by }))).toBe('done');
    expect(await codeOf(put({ a: 1 }, { ...gate, by }))).toBe('api/forbidden');
    expect(await codeOf(put({ a: 1 }, gate))).toBe('done');
    expect(await codeOf(desk.remove({ ...gate, by }))).toBe('api/forbidden');
    const signedIn: Person = { ...ann, through: { kind: 'session', id: 's', provider: 'corp' } };
    expect(await codeOf(desk.remove({ ...gate, by: signedIn }))).toBe('done');
  });

  it('of which some are an admin`s is asked both before and after the change', async () => {
    const by: Person = { ...ann, roles: ['operator'] };
    const door = { kind: 'Door', name: 'front' };
    expect(await codeOf(put({ open: true }, { ...door, by }))).toBe('api/forbidden');
    expect(await codeOf(put({ open: false }, { ...door, by }))).toBe('done');
    expect(await codeOf(put({ open: true }, door))).toBe('done');
    expect(await codeOf(put({ open: false }, { ...door, by }))).toBe('api/forbidden');
    expect(await codeOf(desk.remove({ ...door, by }))).toBe('api/forbidden');
    expect(await specs()).toEqual([{ open: true }]);
    expect(await codeOf(desk.remove({ ...door, by: ann }))).toBe('done');
  });
});
