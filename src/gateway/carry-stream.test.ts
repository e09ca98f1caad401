import { createCallCounts } from '#planes/monitoring/index.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Call, Outcome } from '#kernel/call.ts';
import { BailiwickError, type Refusal, refusal } from '#kernel/errors.ts';
import { PartsTally } from '#kernel/outcome-parts.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { ManualClock } from '#kernel/time.ts';
import { stagesThatPass } from '../../test/fakes/stages-that-pass.ts';
import { actions } from '../programs/gateway/catalogue.ts';
import { Attempt } from './attempt.ts';
import { createPipeline } from './pipeline.ts';
import {
  goesOnStage,
  type InspectWindowParts,
  inspectWindowStage,
  settleWindowStage,
} from './stages/window.ts';
import type { TakenStream, Window, WindowsEnd } from './taken-stream.ts';
import { createTerminal, type TerminalParts } from './terminal.ts';

const principal = { kind: 'agent', tenant: 'main', agent: 'a', instance: 'i', hops: [] };
const action = { kind: 'tool-call', named: 'a.b', argumentBytes: Buffer.from('{}') };
const subject = {
  target: { kind: 'model', owner: 'openai', name: 'gpt' },
  digest: 'd',
  manifest: 'm',
  subjectClass: { effect: 'write', resultLabels: ['integrity:untrusted'] },
};

function windowOf(text: string): Window {
  return { kind: 'window', events: [{ kind: 'text', lane: '0/content', text }], redactions: 0 };
}

const whole: WindowsEnd = {
  kind: 'end',
  refusal: undefined,
  effect: 'done',
  heard: false,
  usage: { inputTokens: 3, outputTokens: 4, estimated: false },
};

/** What happened, in its order. */
let did: string[];
let records: RecordDraft[];
let cancelled: number;
let cancelFails: boolean;
let untold: number;
/** Whether its server may be at it still when nobody hears of its end. */
let isAtIt: boolean;
let stopped: Refusal | undefined;
let labels: () => Promise<undefined> | undefined;
let fails: (draft: RecordDraft) => boolean;
const clock = new ManualClock();

beforeEach(() => {
  did = [];
  records = [];
  cancelled = 0;
  cancelFails = false;
  untold = 0;
  isAtIt = false;
  stopped = undefined;
  labels = () => undefined;
  fails = () => false;
});

const recorder = {
  async record(draft: RecordDraft) {
    await Promise.resolve();
    if (fails(draft)) throw new BailiwickError('audit/unavailable');
    records.push(draft);
    did.push(draft.part === undefined ? draft.type : `part ${draft.part.number}`);
    return { id: `r${records.length}`, position: { segment: 0, offset: 0 } };
  },
  commit: (bytes: Uint8Array) => ({
    sha256: `${bytes.length}`.padStart(64, '0'),
    salt: '',
    bytes: bytes.length,
  }),
};

const terminalParts = {
  recorder,
  inspector: { redact: (value: string) => ({ value, findings: [] }) },
  refusals: { note: (draft: RecordDraft) => draft, relief: () => undefined },
  approvals: {},
  unreconciled: { add: async () => void did.push('unknown effect told') },
  clock,
} as unknown as TerminalParts;

const windowParts = {
  standing: { judge: () => stopped },
  state: { view: () => ({}) },
  flow: { learn: () => undefined },
  objects: { end: () => undefined },
  labels: {
    raise: () => {
      did.push('labels');
      return labels();
    },
  },
  clock,
} as unknown as InspectWindowParts;

function run(
  windows: () => AsyncGenerator<Window | WindowsEnd>,
  take: (text: string) => Promise<void> | void = () => undefined,
): Promise<Outcome> {
  const answer: TakenStream = {
    kind: 'stream',
    windows: windows(),
    cancel() {
      cancelled += 1;
      if (cancelFails) throw new TypeError('at /etc/secret');
    },
    untold() {
      untold += 1;
      return isAtIt;
    },
  };
  const terminal = createTerminal(terminalParts);
  const { stages } = stagesThatPass({
    identify: () => ({ principal }),
    resolve: () => ({ subject, argumentsDigest: 'x' }),
    intend: () => ({ intent: 'intent' }),
    lend: () => ({ attempt: new Attempt(), loan: { lent: [], leases: [], end: () => undefined } }),
    forward: ({ attempt }: { readonly attempt: Attempt }) => {
      attempt.leaves();
      return { answer };
    },
    settle: terminal.settle,
  });
  const { run: walk } = createPipeline({
    counts: createCallCounts(),
    actions: actions({} as Parameters<typeof actions>[0]),
    stages: {
      ...stages,
      'goes-on': goesOnStage(windowParts),
      'inspect-window': inspectWindowStage(windowParts),
      'settle-window': settleWindowStage({ recorder }),
    },
    terminal,
    openCalls: { leave: () => undefined },
    amounts: { leave: () => undefined },
    outflow: { leave: () => undefined },
    look: async () => undefined,
    clock,
  });
  const signal = new AbortController().signal;
  return walk(
    { id: 'c', tenant: 'main', action, signal } as unknown as Call,
    async ({ events }) => {
      for (const event of events) {
        if (event.kind !== 'text') continue;
        await take(event.text);
        did.push(`released ${event.text}`);
      }
    },
  );
}

async function* of(...all: (Window | WindowsEnd)[]): AsyncGenerator<Window | WindowsEnd> {
  yield* all;
}

describe('an answer that comes in windows', () => {
  it('has each of them inspected and on record before it leaves, and one outcome that names them all [AUD-05]', async () => {
    expect(await run(() => of(windowOf('a'), windowOf('bc'), whole))).toMatchObject({
      kind: 'streamed',
      recordId: 'r3',
      usage: whole.usage,
    });
    expect(did).toEqual([
      'labels',
      'part 1',
      'released a',
      'labels',
      'part 2',
      'released bc',
      'policy.outcome',
    ]);
    const tally = new PartsTally();
    for (const [at, { part }] of records.slice(0, 2).entries()) {
      if (part !== undefined) tally.add(`r${at + 1}`, part);
    }
    expect(records[2]).toMatchObject({
      intent: 'intent',
      effect: 'done',
      parts: tally.sum(),
      usage: whole.usage,
    });
    expect(cancelled).toBe(1);
  });

  it.each([
    [
      'breaks off',
      () =>
        of(windowOf('a'), {
          ...whole,
          refusal: refusal('tools/upstream-timeout'),
          effect: 'unknown',
        }),
      'tools/upstream-timeout',
    ],
    ['has no end', () => of(windowOf('a')), 'tools/upstream-protocol'],
    [
      'throws',
      async function* () {
        yield windowOf('a');
        throw new TypeError('at /etc/secret');
      },
      'gateway/internal',
    ],
  ] as const)(
    'that %s has a true effect, and says what was let out until then',
    async (_, windows, code) => {
      const outcome = await run(windows as () => AsyncGenerator<Window | WindowsEnd>);
      expect(outcome).toMatchObject({ kind: 'refused', effect: 'unknown', refusal: { code } });
      expect(records.at(-1)).toMatchObject({
        type: 'policy.outcome',
        effect: 'unknown',
        parts: { count: 1, last: 'r1' },
        refusal: { stage: 'forward', code },
      });
      expect(did).toContain('unknown effect told');
      expect(cancelled).toBe(1);
      expect(JSON.stringify([outcome, records])).not.toContain('/etc/secret');
    },
  );

  it.each([
    ['is whole', () => of(windowOf('a'), whole), 'streamed', 'done'],
    ['has no end', () => of(windowOf('a')), 'refused', 'unknown'],
    [
      'is whole and then fails to be left',
      async function* () {
        try {
          yield windowOf('a');
          yield whole;
        } finally {
          await Promise.reject(new TypeError('at /etc/secret'));
        }
      },
      'streamed',
      'done',
    ],
  ] as const)(
    'that %s has one outcome on record, and the true one, however badly it is let go',
    async (_, windows, kind, effect) => {
      cancelFails = true;
      const outcome = await run(windows as () => AsyncGenerator<Window | WindowsEnd>);
      expect(outcome.kind).toBe(kind);
      expect(cancelled).toBe(1);
      const outcomes = records.filter(({ type }) => type === 'policy.outcome');
      expect(outcomes).toMatchObject([{ effect, parts: { count: 1 } }]);
      expect(JSON.stringify([outcome, records])).not.toContain('/etc/secret');
    },
  );

  it('is stopped between two windows: the second is never released nor on record as released [MON-17]', async () => {
    const outcome = await run(
      () => of(windowOf('a'), windowOf('b'), whole),
      () => void (stopped = refusal('stop/active')),
    );
    expect(outcome).toMatchObject({ kind: 'refused', refusal: { code: 'stop/active' } });
    expect(did.filter((one) => one.startsWith('released'))).toEqual(['released a']);
    expect(records.at(-1)).toMatchObject({ parts: { count: 1 }, effect: 'unknown' });
    expect(cancelled).toBe(1);
  });

  it('is stopped also while nothing comes, and what it came from is let go [MON-17]', async () => {
    const silent = async function* () {
      yield windowOf('a');
      await new Promise(() => undefined);
    };
    const outcome = await run(silent, () => void (stopped = refusal('stop/active')));
    expect(outcome).toMatchObject({ kind: 'refused', refusal: { code: 'stop/active' } });
    expect(records.at(-1)).toMatchObject({ parts: { count: 1 }, effect: 'unknown' });
    expect(cancelled).toBe(1);
  });

  it('ends when its caller has left, after whichever window', async () => {
    for (const last of ['a', 'b', 'c']) {
      did = [];
      records = [];
      const outcome = await run(
        () => of(windowOf('a'), windowOf('b'), windowOf('c'), whole),
        (text) => {
          if (text === last) throw new BailiwickError('gateway/cancelled');
        },
      );
      expect(outcome).toMatchObject({ kind: 'refused', refusal: { code: 'gateway/cancelled' } });
      // What was on its way may have arrived: it counts as released.
      expect(records.at(-1)?.parts?.count).toBe('abc'.indexOf(last) + 1);
      expect(records.at(-1)?.effect).toBe('unknown');
    }
  });

  it('releases no window that could not be recorded, and none whose labels are not durable', async () => {
    fails = ({ part }) => part?.number === 2;
    const unrecorded = await run(() => of(windowOf('a'), windowOf('b'), whole));
    expect(unrecorded).toMatchObject({ refusal: { code: 'audit/outcome-unrecorded' } });
    expect(did.filter((one) => one.startsWith('released'))).toEqual(['released a']);
    did = [];
    labels = () => Promise.reject(new BailiwickError('store/unavailable'));
    const unlabelled = await run(() => of(windowOf('a'), whole));
    expect(unlabelled).toMatchObject({ refusal: { code: 'semantic/label-unavailable' } });
    expect(did.filter((one) => one.startsWith('released'))).toEqual([]);
  });

  it('whose outcome cannot be recorded says so, with an effect that stands', async () => {
    fails = ({ type }) => type === 'policy.outcome';
    const outcome = await run(() => of(windowOf('a'), whole));
    expect(outcome).toMatchObject({
      kind: 'refused',
      recordId: undefined,
      effect: 'done',
      refusal: { code: 'audit/outcome-unrecorded', details: { ref: 'intent' } },
    });
  });

  it('that asks to be called again lets its server go at once when that cannot be recorded, with an effect that nobody knows', async () => {
    isAtIt = true;
    fails = ({ type }) => type === 'policy.outcome';
    const asks = { kind: 'answer', result: {}, redactions: 0, asks: 'handle' } as const;
    const outcome = await run(() => of({ ...whole, answer: asks }));
    expect(outcome).toMatchObject({ kind: 'refused', recordId: undefined, effect: 'unknown' });
    expect(untold).toBe(1);
    fails = () => false;
    expect(await run(() => of({ ...whole, answer: asks }))).toMatchObject({ kind: 'asks' });
    expect(untold).toBe(1);
  });

  it('raises labels before it tells what was written outside of why it broke off', async () => {
    const why = refusal('tools/upstream-error', { message: 'their words' });
    const end: WindowsEnd = { ...whole, refusal: why, effect: 'unknown', heard: true };
    labels = () => Promise.reject(new BailiwickError('store/unavailable'));
    const outcome = await run(() => of(end));
    expect(outcome).toMatchObject({ refusal: { code: 'semantic/label-unavailable' } });
    expect(JSON.stringify(records)).not.toContain('their words');
  });
});
