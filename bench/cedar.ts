/**
 * Microseconds of one new question, its values made for it: by compiled rules and by the wasm engine, at 3, 50 and 500
 * rules that all read arguments. Once nearly all of them are about other actions, once all are about
 * the one that is asked. Takes under 20 s.
 */
import { createRequire } from 'node:module';
import type * as cedarWasm from '@cedar-policy/cedar-wasm/nodejs';
import {
  buildAtOnce,
  buildRules,
  CedarSet,
  entitiesOf,
  type Entity,
  entityOf,
  EntityUid,
  type PlainRule,
  plainRule,
  type Request,
  type Value,
} from '#adapters/policy-engine/cedar/compiled/index.ts';

const cedar = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as typeof cedarWasm;

type Mix = 'other actions' | 'one action' | 'one action, one test';

const mixes: Readonly<Record<Mix, (index: number) => string>> = {
  'other actions': (index) =>
    index % 10 === 9
      ? `forbid(principal, action in Action::"call", resource) when { context.environment == "nowhere-${index}" };`
      : `permit(principal == Agent::"bot", action == Action::"billing/tool_${index}", resource) when { context.input.amount < ${index + 10} && context.input.customer like "c-*" };`,
  'one action': (index) =>
    `permit(principal, action == Action::"billing/tool_1", resource) when { context.input.amount > ${index} && context.input.customer like "*-${index}" && context.input.tags.contains("t${index}") };`,
  'one action, one test': (index) =>
    `forbid(principal, action == Action::"billing/tool_1", resource) when { context.input.customer == "c-${index}" && context.input.amount > 10 };`,
};

function textsOf(mix: Mix, rules: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: rules }, (_unused, index) => [`rule${index}`, mixes[mix](index)]),
  );
}

function plainOf([id, text]: readonly [string, string]): PlainRule {
  const read = cedar.policyToJson(text);
  const one = plainRule(id, read.type === 'success' ? read.json : undefined);
  if (one.kind === 'falls-back') throw new Error(one.why);
  return one.plain;
}

const action = new EntityUid('Action', 'billing/tool_1');
const call = new EntityUid('Action', 'call');

/** As an engine would make it for a call: nothing of the last one is used again but the action. */
function requestOf(round: number): Request {
  const principal = new EntityUid('Agent', 'bot');
  const resource = new EntityUid('Tool', 'billing/tool_1');
  const input = new Map<string, Value>([
    ['amount', 5 + (round % 1_000)],
    ['customer', `c-x${round}`],
    ['tags', new CedarSet(['a', 'b', 'c'])],
  ]);
  const context = new Map<string, Value>([
    ['input', input],
    ['labels', new CedarSet(['pii'])],
    ['binding', 'dpop'],
    ['environment', 'production'],
    ['effect', 'write'],
    ['time', 1_790_000_000_000 + round],
  ]);
  const about = new Map<string, Value>([
    ['owner', 'billing'],
    ['server', 'billing'],
    ['effect', 'write'],
    ['reversible', true],
    ['sensitivity', 'internal'],
  ]);
  const entities = new Map<string, Entity>([
    [action.key, entityOf(undefined, new Set([call.key]))],
    [resource.key, entityOf(about)],
  ]);
  return { principal, action, resource, context, entities: entitiesOf(entities) };
}

function questionOf(
  round: number,
): Omit<cedarWasm.StatefulAuthorizationCall, 'preparsedPolicySetId'> {
  return {
    principal: { type: 'Agent', id: 'bot' },
    action: { type: 'Action', id: 'billing/tool_1' },
    resource: { type: 'Tool', id: 'billing/tool_1' },
    context: {
      input: { amount: 5 + (round % 1_000), customer: `c-x${round}`, tags: ['a', 'b', 'c'] },
      labels: ['pii'],
      binding: 'dpop',
      environment: 'production',
      effect: 'write',
      time: 1_790_000_000_000 + round,
    },
    entities: [
      {
        uid: { type: 'Action', id: 'billing/tool_1' },
        attrs: {},
        parents: [{ type: 'Action', id: 'call' }],
      },
      {
        uid: { type: 'Tool', id: 'billing/tool_1' },
        attrs: {
          owner: 'billing',
          server: 'billing',
          effect: 'write',
          reversible: true,
          sensitivity: 'internal',
        },
        parents: [],
      },
    ],
  };
}

/** Mean of the quieter half of a hundred batches: what others on the machine take is left out. */
function microseconds(ask: (round: number) => unknown, milliseconds: number): number {
  const start = performance.now();
  const costs: number[] = [];
  let round = 0;
  while (performance.now() < start + milliseconds) {
    const before = performance.now();
    const end = round + 20;
    for (; round < end; round += 1) ask(round);
    costs.push(((performance.now() - before) * 1_000) / 20);
  }
  const quiet = costs.slice(costs.length / 4).sort((a, b) => a - b);
  const half = quiet.slice(0, Math.ceil(quiet.length / 2));
  return half.reduce((sum, cost) => sum + cost, 0) / half.length;
}

function longestStep(plain: readonly PlainRule[]): number {
  const steps = buildRules(plain);
  let longest = 0;
  for (let done = false; !done; ) {
    const before = performance.now();
    done = steps.next().done === true;
    longest = Math.max(longest, performance.now() - before);
  }
  return longest;
}

for (const mix of Object.keys(mixes) as Mix[]) {
  for (const rules of [3, 50, 500]) {
    const texts = textsOf(mix, rules);
    const plain = Object.entries(texts).map(plainOf);
    const started = performance.now();
    const compiled = buildAtOnce(plain);
    const build = performance.now() - started;
    cedar.preparsePolicySet('bench', { staticPolicies: texts });
    const ours = microseconds((round) => compiled.evaluate(requestOf(round)), 1_000);
    const values = microseconds(requestOf, 300);
    const theirs = microseconds(
      (round) =>
        cedar.statefulIsAuthorized({ ...questionOf(round), preparsedPolicySetId: 'bench' }),
      500,
    );
    const name = `${rules} rules, ${mix}`.padEnd(34);
    console.log(
      `cedar: ${name} compiled ${ours.toFixed(1)} µs (values ${values.toFixed(1)}), wasm ${theirs.toFixed(0)} µs; built in ${build.toFixed(1)} ms, longest step ${longestStep(plain).toFixed(2)} ms`,
    );
  }
}
