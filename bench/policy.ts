/**
 * Microseconds per decision at 3, 50 and 500 rules: once with arguments that no earlier call had, once
 * with a question that repeats. Takes some 20 s.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createCedarEngine } from '#adapters/policy-engine/cedar/index.ts';
import { createInlineEngine } from '#adapters/policy-engine/cedar/inline.ts';
import type { Decision, DecisionInput, ThreeQuestions } from '#kernel/decision.ts';
import type { PinnedTool, Snapshot } from '#kernel/snapshot.ts';
import { toolTarget } from '#kernel/tool.ts';
import { createPolicyGate } from '#planes/policy/index.ts';
import { figure } from './draw.ts';
import { quantile } from './statistics.ts';

const questions: ThreeQuestions = {
  mayCallTool: true,
  insideEnvelope: true,
  crossesSensitivity: false,
};

function pinned(index: number): PinnedTool {
  const tool = `tool_${index}`;
  const inputSchema = {
    type: 'object',
    properties: {
      amount: { type: 'integer' },
      customer: { type: 'string' },
      rate: { type: 'number' },
    },
    required: ['amount', 'customer'],
  };
  const definition = { name: tool, inputSchema };
  return { tool, digest: `d${index}`, definition, approvedBy: 'bench', approvedAt: 0 };
}

/** Nine in ten rules are about one tool and its arguments; the rest guard every call. */
function rule(index: number): string {
  if (index % 10 === 9) {
    return `@id("guard${index}") forbid(principal, action in Action::"call", resource) when { context.environment == "nowhere-${index}" };`;
  }
  return `@id("rule${index}") permit(principal == Agent::"bot", action == Action::"billing/tool_${index}", resource) when { context.input.amount < ${index + 10} && context.input.customer like "c-*" };`;
}

function snapshotOf(rules: number): Snapshot {
  const pins = Object.fromEntries(
    Array.from({ length: rules }, (_unused, index) => [`tool_${index}`, pinned(index)]),
  );
  const cedar = Array.from({ length: rules }, (_unused, index) => rule(index)).join('\n');
  const tenant = {
    tenant: 'main',
    agents: {},
    manifests: {},
    servers: {},
    policies: [{ name: 'bench', cedar }],
    secrets: {},
    pins: { billing: pins },
  };
  return {
    number: 1,
    digest: 'bench',
    createdAt: 0,
    epoch: 0,
    tenants: { main: tenant },
    tokens: { issuer: 'bench', audience: 'bench', keys: [] },
  };
}

const input: DecisionInput = {
  tenant: 'main',
  agent: 'bot',
  instance: 'bot-1',
  user: 'ann',
  binding: 'dpop',
  target: toolTarget({ server: 'billing', tool: 'tool_1' }),
  targetDigest: 'd1',
  effectClass: 'write',
  reversible: true,
  sensitivity: 'internal',
  arguments: { amount: 5, customer: 'c-17', rate: 1.5 },
  labels: [],
  environment: 'production',
  time: 1_790_000_000_000,
};

interface Told {
  readonly p50Us: number;
  readonly p99Us: number;
  /** CPU of this whole process for one decision: collection is paid too. */
  readonly cpuUs: number;
}

/** Of these rules none has to be waited for. */
function effectOf(decision: Decision | Promise<Decision>): string {
  return decision instanceof Promise ? 'waited for' : decision.effect;
}

function measure(decide: (round: number) => string, milliseconds: number): Told {
  const start = performance.now();
  const times: number[] = [];
  let cpu = process.cpuUsage();
  for (let round = 0; performance.now() < start + milliseconds; round += 1) {
    const before = performance.now();
    const effect = decide(round);
    const after = performance.now();
    if (effect !== 'allow') throw new Error(`the answer was ${effect}`);
    if (before <= start + milliseconds / 5) cpu = process.cpuUsage();
    else times.push((after - before) * 1_000);
  }
  const { user, system } = process.cpuUsage(cpu);
  const sorted = times.toSorted((a, b) => a - b);
  return {
    p50Us: quantile(sorted, 0.5),
    p99Us: quantile(sorted, 0.99),
    cpuUs: (user + system) / sorted.length,
  };
}

function say({ p50Us, p99Us, cpuUs }: Told): string {
  return `p50 ${figure(p50Us)} µs, p99 ${figure(p99Us)} µs, CPU ${figure(cpuUs)} µs`;
}

/** The first decision is compared in a thread of its own: what it takes to start is no decision's cost. */
async function untilQuiet(decide: () => unknown): Promise<void> {
  await decide();
  for (let cpu = process.cpuUsage(), calm = 0; calm < 3; cpu = process.cpuUsage()) {
    await pause(100);
    const { user, system } = process.cpuUsage(cpu);
    calm = user + system < 5_000 ? calm + 1 : 0;
  }
}

/** The longest that the loop let others wait meanwhile. */
async function longestBlock<Made>(
  make: () => Made | Promise<Made>,
): Promise<{ readonly longest: string; readonly made: Made }> {
  let last = performance.now();
  let longest = 0;
  const look = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 1);
  const made = await make();
  look();
  clearInterval(timer);
  return { longest: longest.toFixed(0), made };
}

export interface PolicyMeasured {
  readonly rules: number;
  readonly newQuestionUs: number;
  readonly repeatedUs: number;
}

const json = process.argv.includes('json');
const policies: PolicyMeasured[] = [];
for (const rules of [3, 50, 500]) {
  const part = createPolicyGate({ engine: createCedarEngine(), kinds: [] });
  const snapshot = snapshotOf(rules);
  const started = performance.now();
  const { longest, made: compiled } = await longestBlock(() => part.compile(snapshot, undefined));
  if (compiled.kind === 'refused') throw new Error(JSON.stringify(compiled.problems));
  const { view } = compiled;
  const load = (performance.now() - started).toFixed(0);
  const inline = createPolicyGate({ engine: createInlineEngine(), kinds: [] });
  const onLoop = await longestBlock(() => inline.compile(snapshot, undefined));
  await untilQuiet(() => view.decide(input, questions));
  const fresh = measure((round) => {
    const customer = `c-${round}`;
    return effectOf(view.decide({ ...input, arguments: { amount: 5, customer } }, questions));
  }, 1_500);
  const repeated = measure(() => effectOf(view.decide(input, questions)), 300);
  policies.push({ rules, newQuestionUs: fresh.cpuUs, repeatedUs: repeated.cpuUs });
  if (json) continue;
  console.log(
    `policy: ${rules} rules: new question ${say(fresh)}; repeated ${say(repeated)}; load ${load} ms, longest block ${longest} ms (judged on the loop ${onLoop.longest} ms)`,
  );
}
if (json) console.log(JSON.stringify({ policies }));
