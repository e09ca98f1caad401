import type { DeskRecorder } from '#contracts/desk.ts';
import { parseArgs } from 'node:util';
import { FakeJournal } from '../test/fakes/fake-journal.ts';
import { FakeKeyring } from '../test/fakes/fake-keyring.ts';
import { FakePayloadKeys } from '../test/fakes/fake-payload-keys.ts';
import type { Journal } from '../src/contracts/journal.ts';
import { newId } from '../src/kernel/ids.ts';
import { canonicalBytes } from '../src/kernel/json/index.ts';
import type { RecordDraft } from '../src/kernel/record.ts';
import { systemClock } from '../src/kernel/time.ts';
import { traceBegunBy } from '../src/kernel/trace.ts';
import { createPayloadSealer, createRecorder } from '../src/planes/audit/index.ts';
import {
  createLender,
  createSealedSource,
  createScrubber,
  createVault,
} from '../src/planes/credentials/index.ts';
import { exactly } from '#kernel/manifest.ts';
import { toolTarget } from '#kernel/tool.ts';

/**
 * What a record costs before the disk: checks, envelope, canonical bytes, sealing. The journal
 * here answers at once. Beside it what a lent credential costs, because it is paid per call too.
 *
 *     node bench/recorder.ts [-o json]
 */
const { values } = parseArgs({
  options: { output: { type: 'string', short: 'o', default: 'text' } },
});

const keyring = new FakeKeyring();
const journal: Journal = {
  healthy: true,
  append: () => Promise.resolve({ segment: 1, offset: 1 }),
  close: () => Promise.resolve(),
};
const lent = new FakePayloadKeys();
const sealer = await createPayloadSealer({ keyring, clock: systemClock, lent });
const subject = { subject: 'refund-bot' };
const recorder = createRecorder({ journal, clock: systemClock, writer: 'gateway-1', sealer });
const body = Buffer.from(JSON.stringify({ customer: 'C-20931', note: 'x'.repeat(900) }));
const hex = 'ab'.repeat(32);

/** What the pipeline hands over for one governed call. */
function intent(session: number): RecordDraft {
  const call = newId(1);
  return {
    type: 'policy.intent',
    tenant: 'main',
    actors: [
      {
        kind: 'agent',
        name: 'refund-bot',
        instance: newId(0),
        binding: 'dpop',
        key: hex.slice(21),
      },
    ],
    call,
    trace: traceBegunBy(call),
    method: 'tools/call',
    source: '127.0.0.1',
    session: `session-${session % 64}`,
    task: `task-${session % 64}`,
    named: 'billing.create_refund',
    target: { target: 'tool:billing/create_refund', digest: hex, effectClass: 'write' },
    decision: {
      effect: 'allow',
      rules: ['refunds/small', 'refunds/known-customer'],
      policyDigest: hex,
      questions: { mayCallTool: true, insideEnvelope: true, crossesSensitivity: false },
      errors: [],
    },
    questions: {
      who: 'agent refund-bot, instance 0199c0de-0000-7000-8000-000000000000',
      asks: 'tools/call billing.create_refund',
      canInvoke: 'the tools of manifest refunds',
      withoutHuman: true,
    },
    arguments: { sha256: hex, bytes: body.length },
    snapshot: hex,
    overlay: 7,
    labels: { in: [], out: [] },
  };
}

async function microseconds(work: (at: number) => unknown, iterations: number): Promise<number> {
  const turns: number[] = [];
  for (let turn = 0; turn < 9; turn += 1) {
    const start = performance.now();
    for (let at = 0; at < iterations; at += 1) await work(at);
    turns.push(((performance.now() - start) * 1000) / iterations);
  }
  turns.sort((a, b) => a - b);
  // The lower quartile: a neighbour on this machine can only make a turn slower.
  return Number((turns[2] ?? Number.NaN).toFixed(2));
}

const probe = new FakeJournal();
await createRecorder({ journal: probe, clock: systemClock, writer: 'gateway-1', sealer }).record(
  intent(1),
);
const drafts = Array.from({ length: 64 }, (_, at) => intent(at));
const pick = (at: number): RecordDraft => drafts[at % 64] ?? intent(at);
/** As calls have it: the salt of the commitment is sealed too. */
const salted = drafts.map((draft) => ({ ...draft, arguments: recorder.commit(body, hex) }));
const pickSalted = (at: number): RecordDraft => salted[at % 64] ?? intent(at);
const lending = await lendingCosts();
const leaf = JSON.parse(probe.leaves[0] ?? '{}') as unknown;
const table = {
  'bytes of a leaf': Buffer.byteLength(probe.leaves[0] ?? ''),
  'canonical bytes of the draft alone µs': await microseconds(
    (at) => canonicalBytes(pick(at) as never),
    20_000,
  ),
  'JSON.stringify of the same record µs': await microseconds(() => JSON.stringify(leaf), 20_000),
  'record µs': await microseconds((at) => recorder.record(pick(at)), 20_000),
  'record with 1 KB body µs': await microseconds(
    (at) => recorder.record(pickSalted(at), body),
    10_000,
  ),
  'record with 1 KB of a subject µs': await microseconds(
    (at) => recorder.record(pickSalted(at), body, subject),
    10_000,
  ),
  'record with salts alone µs': await microseconds(
    (at) => recorder.record(pickSalted(at), undefined, subject),
    10_000,
  ),
  'commitment to 1 KB µs': await microseconds(() => recorder.commit(body), 20_000),
  ...lending,
};
const ratio = table['record µs'] / table['JSON.stringify of the same record µs'];
/** About 8 µs on the reference machine; as a ratio it holds on any. */
const target = { recordOfStringify: 4.5 };
const met = ratio < target.recordOfStringify;

async function lendingCosts(): Promise<Record<string, number>> {
  const book = {
    put: async () => undefined,
    remove: async () => false,
    rewrap: async () => undefined,
    list: async () => [],
  };
  const once: DeskRecorder = {
    record: (draft) => recorder.record(draft),
    owe: async () => undefined,
  };
  const vault = createVault({ keyring, book, recorder: once, clock: systemClock });
  const value = Buffer.from(`token-${hex.slice(24)}`);
  const sealed = await vault.put({ tenant: 'main', name: 'billing', value, by: 'ada' });
  const lender = createLender({
    source: createSealedSource(await keyring.wrapper('vault')),
    clock: systemClock,
  });
  const credentials = [
    { kind: 'header', secret: 'billing', header: 'authorization', prefix: 'Bearer ' },
  ] as const;
  const ask = {
    tenant: 'main',
    callId: newId(1),
    owner: { name: 'billing', credentials },
    target: toolTarget({ server: 'billing', tool: 'create_refund' }),
    manifest: {
      targets: [exactly(toolTarget({ server: 'billing', tool: 'create_refund' }))],
    },
    secrets: { billing: sealed },
    use: 'header',
    signal: new AbortController().signal,
  } as const;
  const loan = lender.lend(ask);
  const lent = 'lent' in loan ? loan.lent : [];
  const scrubber = createScrubber();
  const result = { content: [{ type: 'text', text: 'a line of a result. '.repeat(50) }] };
  const large = { content: [{ type: 'text', text: 'a line of a result. '.repeat(50_000) }] };
  return {
    'lend µs': await microseconds(() => lender.lend(ask), 5_000),
    'scrub 1 KB, nothing lent µs': await microseconds(() => scrubber.scrub(result, []), 20_000),
    'scrub 1 KB µs': await microseconds(() => scrubber.scrub(result, lent), 5_000),
    'scrub 1 MB µs': await microseconds(() => scrubber.scrub(large, lent), 20),
  };
}

if (values.output === 'json') {
  console.log(
    JSON.stringify({ bench: 'recorder', ...table, recordOfStringify: ratio, target, met }),
  );
} else console.table({ ...table, recordOfStringify: Number(ratio.toFixed(2)), met });
