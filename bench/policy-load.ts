/**
 * How long the loop is held while 500 rules are loaded: as control does (judged in a thread, then
 * built) and as a gateway does that is given what control made. By the processor time of the loop's
 * own thread between two turns, so that other programs on the machine do not count. Takes some 10 s.
 */
import { createCedarEngine } from '#adapters/policy-engine/cedar/index.ts';
import { canonicalBytes, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { PinnedTool, Snapshot } from '#kernel/snapshot.ts';
import { createPolicyGate } from '#planes/policy/index.ts';

function pinned(index: number): PinnedTool {
  const tool = `tool_${index}`;
  const properties = { amount: { type: 'integer' }, customer: { type: 'string' } };
  const inputSchema = { type: 'object', properties, required: ['amount', 'customer'] };
  const definition = { name: tool, inputSchema };
  return { tool, digest: `d${index}`, definition, approvedBy: 'bench', approvedAt: 0 };
}

function rule(index: number): string {
  if (index % 10 === 9) {
    return `@id("guard${index}") forbid(principal, action in Action::"call", resource) when { context.environment == "nowhere-${index}" };`;
  }
  return `@id("rule${index}") permit(principal == Agent::"bot", action == Action::"billing/tool_${index}", resource) when { context.input.amount < ${index + 10} && context.input.customer like "c-*" };`;
}

function snapshotOf(rules: number): Snapshot {
  const indexes = Array.from({ length: rules }, (_unused, index) => index);
  const tenant = {
    tenant: 'main',
    agents: {},
    manifests: {},
    servers: {},
    policies: [{ name: 'bench', cedar: indexes.map(rule).join('\n') }],
    secrets: {},
    pins: { billing: Object.fromEntries(indexes.map((index) => [`tool_${index}`, pinned(index)])) },
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

/** Processor time of this thread alone, in milliseconds. */
function spent(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

async function longestTurn<Made>(work: () => Promise<Made>) {
  let last = spent();
  let longest = 0;
  let going = true;
  const look = (): void => {
    const now = spent();
    longest = Math.max(longest, now - last);
    last = now;
    if (going) setImmediate(look);
  };
  setImmediate(look);
  const started = performance.now();
  const made = await work();
  look();
  going = false;
  return { longest, made, took: performance.now() - started };
}

function gate() {
  return createPolicyGate({ engine: createCedarEngine(), kinds: [] });
}

function say(what: string, rules: number, { longest, took }: { longest: number; took: number }) {
  console.log(
    `policy load: ${rules} rules, ${what}: longest block ${longest.toFixed(1)} ms, in all ${took.toFixed(0)} ms`,
  );
}

for (const rules of [50, 500, 500]) {
  const control = gate();
  const snapshot = snapshotOf(rules);
  const judged = await longestTurn(async () => control.compile(snapshot, undefined));
  const { made } = judged;
  if (made.kind === 'refused') throw new Error(JSON.stringify(made.problems));
  say('judged in a thread', rules, judged);
  const main = { ...snapshot.tenants['main'], ...control.carried?.(made.view, 'main') };
  const bytes = canonicalBytes({ ...snapshot, tenants: { main } } as unknown as JsonObject);
  const parsed = await longestTurn(async () => parseJson(bytes) as unknown as Snapshot);
  say(`a Snapshot of ${Math.round(bytes.length / 1_024)} KB read`, rules, parsed);
  say(
    'given by control',
    rules,
    await longestTurn(async () => gate().compile(parsed.made, undefined)),
  );
}
