/**
 * Microseconds of CPU that flow takes of a call, in a task of 50 and of 2,000 results of 1 KB: of a result that nobody asks
 * about, of a result with a judged call behind it, and what the task keeps. Takes some 15 s.
 */
import type { ToolFlow } from '#kernel/tool.ts';
import { createFlowMemory, readWords } from '#planes/flow/index.ts';
import type { FlowMemory } from '#planes/flow/index.ts';
import { figure } from './draw.ts';

export interface FlowMeasured {
  readonly results: number;
  /** Of a result that is learnt in a task that never acts. */
  readonly readUs: number;
  /** Of two calls, one that reads and one that acts, the half. */
  readonly callUs: number;
  readonly keptBytes: number;
}

const syllables = [
  'ba',
  'ter',
  'in',
  'sol',
  'me',
  'qua',
  'ri',
  'no',
  'ex',
  'tu',
  'lan',
  'po',
  'de',
];
/** A vocabulary as one company's tickets have it. */
const vocabulary = Array.from({ length: 4_000 }, (_unused, n) => {
  const [a, b, c] = [n % 13, Math.floor(n / 13) % 13, Math.floor(n / 169) % 13];
  return `${syllables[a]}${syllables[b]}${n % 3 === 0 ? '' : syllables[c]}${n > 2_197 ? 's' : ''}`;
});

/** Repeats from run to run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const random = seeded(7);
const some = (most: number) => Math.floor(random() ** 2 * most);
const words = (many: number) =>
  Array.from({ length: many }, () => vocabulary[some(vocabulary.length)]).join(' ');

/** A ticket of about 1 KB, as a server tells it: in one text that is JSON. */
function ticket(n: number) {
  const data = {
    id: n,
    status: n % 4 === 0 ? 'open' : 'closed',
    requester: { name: `${words(1)} ${words(1)}`, email: `user${n % 400}@client.example` },
    created: `2026-0${1 + (n % 9)}-1${n % 10}T08:00:00Z`,
    total: (n * 37) % 900,
    subject: words(6),
    body: `${words(70)}. See https://client.example/t/${n}, or call +49 170 ${1_000_000 + n}.`,
    comments: [
      { by: `user${n % 90}`, text: words(25) },
      { by: 'desk', text: words(15) },
    ],
  };
  return { content: [{ type: 'text', text: JSON.stringify(data) }] };
}

const tickets = Array.from({ length: 2_400 }, (_unused, n) => ticket(n));

const reads: ToolFlow = {
  sinks: {},
  deeds: [],
  asserted: ['id', 'status', 'requester.email', 'requester.name'],
  ids: ['id'],
  names: ['id', 'requester.name'],
};
const sends: ToolFlow = {
  sinks: { to: 'recipient', subject: 'payload', body: 'payload', path: 'path' },
  deeds: ['send', 'reply'],
  asserted: [],
  ids: [],
  names: [],
};
const said = readWords(
  'Reply to ticket 17 and send a summary of the newest tickets to ann@corp.example.',
);
const body = `${words(60)}. Kind regards.`;

function learn(memory: FlowMemory, task: string, n: number): void {
  memory.learn(task, {
    target: 'desk/read_ticket',
    call: `call-${n}`,
    flow: reads,
    untrusted: true,
    effect: 'read',
    arguments: { id: n },
    argumentsDigest: `d${n}`,
    result: tickets[n % tickets.length] ?? {},
  });
}

/** One in four to somebody whom a ticket names, where the rules have to look; the others to whom the user named. */
function judge(memory: FlowMemory, task: string, n: number): void {
  const to = n % 4 === 0 ? 'user17@client.example' : 'ann@corp.example';
  memory.judge(task, {
    target: 'mail/send',
    flow: sends,
    effect: 'write',
    reversible: false,
    arguments: { to, subject: 'Re: your ticket', body, path: `summary-${n}.txt` },
    argumentsDigest: `s${n}`,
    words: said,
    untrusted: true,
    seenAll: true,
  });
}

const batch = 25;

/** CPU of this process, collection included, over batches in tasks that hold so many results already. */
function measure(results: number, milliseconds: number, isActing: boolean): number {
  const started = performance.now();
  let [used, calls] = [0, 0];
  while (performance.now() < started + milliseconds || calls === 0) {
    const memory = createFlowMemory();
    for (let n = 0; n < results - batch; n += 1) learn(memory, 'task', n);
    if (isActing) judge(memory, 'task', 1);
    const before = process.cpuUsage();
    for (let n = 0; n < batch; n += 1) {
      learn(memory, 'task', results - batch + n);
      if (isActing) judge(memory, 'task', n);
    }
    const { user, system } = process.cpuUsage(before);
    // The first rounds are those of an unwarmed process.
    if (performance.now() < started + milliseconds / 4) continue;
    used += user + system;
    calls += isActing ? 2 * batch : batch;
  }
  return used / calls;
}

function kept(results: number): number {
  // So many that what else the process keeps is little beside them.
  const memories = Array.from({ length: 10_000 / results }, () => createFlowMemory());
  globalThis.gc?.();
  const held = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  const before = held();
  for (const memory of memories) {
    for (let n = 0; n < results; n += 1) learn(memory, 'task', n);
    judge(memory, 'task', 0);
  }
  globalThis.gc?.();
  const bytes = (held() - before) / memories.length;
  // They are held until here.
  return memories.length === 0 ? 0 : bytes;
}

const flows = [50, 2_000].map((results): FlowMeasured => {
  const readUs = measure(results, 2_000, false);
  return { results, readUs, callUs: measure(results, 4_000, true), keptBytes: kept(results) };
});
if (process.argv.includes('json')) console.log(JSON.stringify({ flows }));
else {
  for (const { results, readUs, callUs, keptBytes } of flows) {
    console.log(
      `flow: ${results} results: ${figure(callUs)} µs a call where every second one acts, ${figure(readUs)} µs where none does; the task keeps ${figure(keptBytes / 1_048_576)} MB`,
    );
  }
}
