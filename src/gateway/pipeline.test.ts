import { createCallCounts } from '#planes/monitoring/index.ts';
import { describe, expect, it } from 'vitest';
import { createStanding } from '#planes/lifecycle/index.ts';
import type { Action, ActionKind, Call, Outcome } from '#kernel/call.ts';
import { BailiwickError, type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes, emptyObject } from '#kernel/json/index.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Clock } from '#kernel/time.ts';
import { createOpenCalls } from './open-calls.ts';
import { stagesThatPass } from '../../test/fakes/stages-that-pass.ts';
import { actions } from '../programs/gateway/catalogue.ts';
import { Attempt } from './attempt.ts';
import { pathsThrough, routeStages } from './path.ts';
import { createPipeline, type Look } from './pipeline.ts';
import { Exit } from './progress.ts';
import type { StageName } from './stage-names.ts';
import { createTerminal, type Terminal, type TerminalParts } from './terminal.ts';
import { FakeEffects } from '../../test/fakes/fake-effects.ts';
import { createState } from './state.ts';
import { createUnreconciled } from './unreconciled.ts';

const clock: Clock = { now: () => 1_000, monotonic: () => 1_000 };
const nothing = emptyObject();

function actionOf(kind: ActionKind): Action {
  if (kind === 'tool-list') return { kind, cursor: undefined };
  if (kind === 'greet' || kind === 'notice' || kind === 'model-list') return { kind };
  if (kind === 'refused') return { kind, reason: refusal('admit/malformed') };
  return {
    kind,
    target: { kind: 'tool', owner: 'crm', name: 'get' },
    named: 'crm.get',
    arguments: nothing,
    argumentBytes: canonicalBytes(nothing),
  };
}

function call(kind: ActionKind): Call {
  return {
    id: 'call-1',
    front: 'mcp',
    method: 'tools/call',
    revision: '2026-07-28',
    tenant: 'main',
    source: '127.0.0.1',
    connection: { id: 'connection-1', windowStart: 0, callsInWindow: 0 },
    receivedAt: 1_000,
    receivedBytes: 2,
    presented: {
      authorization: undefined,
      dpop: undefined,
      method: 'POST',
      url: 'http://127.0.0.1/mcp',
      clientCertificate: undefined,
      ambiguous: false,
    },
    approvalHandle: undefined,
    trace: undefined,
    action: actionOf(kind),
    onIdentified: undefined,
    signal: new AbortController().signal,
  };
}

const principal = {
  kind: 'agent',
  tenant: 'main',
  agent: 'support',
  instance: 'support-1',
  user: undefined,
  task: 't-1',
  session: 's-1',
  hops: [],
  binding: 'dpop',
  keyThumbprint: 'key-1',
} as const;

/** What each stage leaves behind for those after it, and for the terminal. */
function filled(terminal: Terminal) {
  return {
    identify: () => ({ principal }),
    resolve: () => ({ page: { items: [], nextCursor: undefined } }),
    intend: () => ({ intent: 'intent-1', attempt: new Attempt() }),
    forward({ attempt }: { readonly attempt: Attempt }) {
      attempt.effect = 'done';
      return { answer: { kind: 'answer', result: nothing, redactions: 0 } };
    },
    'inspect-out': () => ({ result: nothing, resultBytes: canonicalBytes(nothing) }),
    settle: terminal.settle,
  };
}

interface World {
  readonly run: (kind: ActionKind) => Promise<Outcome>;
  readonly records: RecordDraft[];
  readonly passed: StageName[];
}

/** The real pipeline and terminal; stages that pass, but for the one that `instead` replaces. */
function world(
  instead: Partial<Record<StageName, unknown>> = {},
  fails = false,
  look: Look = () => Promise.resolve(undefined),
): World {
  const records: RecordDraft[] = [];
  const parts = {
    recorder: {
      record(draft: RecordDraft) {
        if (fails) return Promise.reject(new BailiwickError('audit/unavailable'));
        records.push(draft);
        return Promise.resolve({ id: `record-${records.length}` });
      },
      commit: () => ({ sha256: '', salt: '', bytes: 0 }),
    },
    inspector: { redact: (value: string) => ({ value, findings: [] }) },
    refusals: { note: (draft: RecordDraft) => draft, relief: () => undefined },
    approvals: { noteUse: () => Promise.resolve() },
    unreconciled: createUnreconciled({
      effects: new FakeEffects(),
      state: createState({ standing: createStanding(), stopLeaseMs: 5_000, writer: 'w' }).state,
      gateway: { writer: 'w', life: 'l' },
      clock,
      keyed: (_, digest) => digest,
    }),
    clock,
  } as unknown as TerminalParts;
  const terminal = createTerminal(parts);
  const { stages, passed } = stagesThatPass({ ...filled(terminal), ...instead });
  const pipeline = createPipeline({
    counts: createCallCounts(),
    actions: served,
    stages,
    terminal,
    openCalls: createOpenCalls(),
    amounts: { leave: () => undefined },
    outflow: { leave: () => undefined },
    look,
    clock,
  });
  return { records, passed, run: (kind) => pipeline.run(call(kind)) };
}

const served = actions({} as Parameters<typeof actions>[0]);
const byRoute = routeStages(pathsThrough(stagesThatPass({}).stages));
const routes = Object.fromEntries(
  Object.entries(served).map(([kind, { route }]) => [kind, byRoute[route]]),
) as Readonly<Record<ActionKind, readonly StageName[]>>;

const everyExit = Object.entries(routes).flatMap(([kind, names]) =>
  names.filter((name) => name !== 'settle').map((name) => [kind as ActionKind, name] as const),
);

/** Of every kind that is not here, and so asks something outside, it is the outcome of its intent. */
const terminalType: Readonly<Partial<Record<ActionKind, string>>> = {
  'tool-list': 'policy.listed',
  'model-list': 'policy.listed',
  greet: 'gateway.greeted',
  notice: 'gateway.noticed',
  refused: 'gateway.refused',
};

describe('the path', () => {
  it.each(Object.keys(routes) as ActionKind[])(
    'walks a call of kind %s through its own stages, in order, and writes exactly one terminal record [AUD-01]',
    async (kind) => {
      const { run, passed, records } = world();
      const outcome = await run(kind);
      expect(passed).toEqual(routes[kind]);
      expect(records.map(({ type }) => type)).toEqual([terminalType[kind] ?? 'policy.outcome']);
      expect(outcome.recordId).toBe('record-1');
    },
  );

  it.each(everyExit)(
    'of kind %s that is refused at %s ends there and writes exactly one terminal record [AUD-01, AUD-05]',
    async (kind, name) => {
      const no = refusal('policy/denied');
      const { run, passed, records } = world({ [name]: () => no });
      const outcome = await run(kind);
      expect(outcome).toMatchObject({ kind: 'refused', refusal: no, recordId: 'record-1' });
      expect(passed).toEqual(routes[kind].slice(0, routes[kind].indexOf(name) + 1));
      expect(records).toHaveLength(1);
      expect(records[0]?.refusal).toMatchObject({ stage: name, code: 'policy/denied' });
    },
  );

  it.each(everyExit)(
    'of kind %s denies when %s throws, and says nothing of the inside [POL-01, AUD-05]',
    async (kind, name) => {
      const { run, records } = world({
        [name]: () => {
          throw new TypeError('/etc/secret at line 7');
        },
      });
      const outcome = await run(kind);
      const told = (outcome as { refusal?: Refusal }).refusal;
      expect(told?.code).toBe('gateway/internal');
      expect(JSON.stringify([told, records])).not.toContain('/etc/secret');
      expect(records).toHaveLength(1);
    },
  );

  it.each(everyExit)(
    'of kind %s denies when a promise of %s rejects [POL-01]',
    async (kind, name) => {
      const { run, records } = world({
        [name]: () => Promise.reject(new BailiwickError('store/unavailable')),
      });
      expect(await run(kind)).toMatchObject({ kind: 'refused' });
      expect(records).toHaveLength(1);
    },
  );

  it('answers, and writes one record, when the look itself fails [AUD-01]', async () => {
    const lookFirst = new Exit({ kind: 'look-first', server: 'crm' });
    const { run, records } = world({ approve: () => lookFirst }, false, () =>
      Promise.reject(new TypeError('at /etc/secret')),
    );
    expect(await run('tool-call')).toMatchObject({
      kind: 'refused',
      recordId: 'record-1',
      refusal: { code: 'gateway/internal' },
    });
    expect(records).toHaveLength(1);
    expect(JSON.stringify(records)).not.toContain('/etc/secret');
  });

  it('holds a call with exactly one terminal record that names the approval [AUD-01]', async () => {
    const held = { handle: 'h', approvalId: 'a-1', expiresAt: 9 };
    const { run, records } = world({ approve: () => new Exit({ kind: 'held', held }) });
    expect(await run('tool-call')).toEqual({ kind: 'held', recordId: 'record-1', approval: held });
    expect(records.map(({ type, approval }) => [type, approval?.id])).toEqual([
      ['gateway.held', 'a-1'],
    ]);
  });

  it('releases nothing that it could not record, and says that the effect stands [AUD-01, AUD-05]', async () => {
    const { run } = world({}, true);
    const outcome = await run('tool-call');
    expect(outcome).toMatchObject({
      kind: 'refused',
      recordId: undefined,
      effect: 'done',
      refusal: {
        code: 'audit/outcome-unrecorded',
        details: { effect: 'done', retry: false, ref: 'intent-1' },
      },
    });
  });
});
