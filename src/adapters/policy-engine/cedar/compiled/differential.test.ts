import { createRequire } from 'node:module';
import type * as cedarWasm from '@cedar-policy/cedar-wasm/nodejs';
import { describe, expect, it } from 'vitest';
import {
  authorize,
  buildAtOnce,
  entitiesFromJson,
  type PlainRule,
  plainRule,
  recordOf,
  uidOf,
} from './index.ts';
import { exactForm } from './official.suite.ts';
import {
  createDice,
  type Dice,
  randomAction,
  randomEntities,
  randomMembers,
  randomPolicy,
  randomUid,
} from './random.suite.ts';

const cedar = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as typeof cedarWasm;

/** One policy asked one request is a case; `./bailiwick soak` asks for more of them. */
const cases = Number(process.env['BAILIWICK_CEDAR_CASES'] ?? 20_000);
const seed = Number(process.env['BAILIWICK_CEDAR_SEED'] ?? 20_261);
/** A world is a set of policies and entities with questions to it. */
const questionsOfWorld = 5;
const policiesOfWorld = 40;

type Question = Omit<cedarWasm.StatefulAuthorizationCall, 'preparsedPolicySetId'>;

interface Answer {
  readonly decision: string;
  readonly reason: readonly string[];
  readonly errors: readonly string[];
}

const setName = 'differential';

function prepare(policies: Readonly<Record<string, string>>): void {
  const parsed = cedar.preparsePolicySet(setName, { staticPolicies: policies });
  if (parsed.type === 'failure') throw new Error(JSON.stringify([policies, parsed.errors]));
}

function byReference(question: Question): Answer {
  const answer = cedar.statefulIsAuthorized({ ...question, preparsedPolicySetId: setName });
  if (answer.type === 'failure') throw new Error(JSON.stringify([question, answer.errors]));
  const { decision, diagnostics } = answer.response;
  return {
    decision,
    reason: diagnostics.reason.toSorted(),
    errors: diagnostics.errors.map(({ policyId }) => policyId).sort(),
  };
}

function byRules(rules: ReturnType<typeof buildAtOnce>, question: Question): Answer {
  const { decision, reason, errors } = authorize(rules, {
    principal: uidOf(question.principal),
    action: uidOf(question.action),
    resource: uidOf(question.resource),
    context: recordOf(question.context),
    entities: entitiesFromJson(question.entities),
  });
  return { decision, reason, errors: errors.map(({ id }) => id).sort() };
}

function rulesOf(policies: Readonly<Record<string, string>>): ReturnType<typeof buildAtOnce> {
  const plain = Object.entries(policies).map(([id, text]) => {
    const one = plainRule(id, exactForm(text));
    if (one.kind === 'falls-back') throw new Error(`${one.why}: ${text}`);
    return one.plain;
  });
  return buildAtOnce(JSON.parse(JSON.stringify(plain)) as PlainRule[]);
}

function randomQuestion(dice: Dice, entities: cedarWasm.Entities): Question {
  return {
    principal: randomUid(dice),
    action: randomAction(dice),
    resource: randomUid(dice),
    context: randomMembers(dice) as cedarWasm.Context,
    entities,
    validateRequest: false,
  };
}

/** Each policy alone, so that a person reads only what differs. */
function explained(policies: Readonly<Record<string, string>>, question: Question): string {
  const found = Object.entries(policies).flatMap(([id, text]) => {
    const alone = { [id]: text };
    prepare(alone);
    const reference = byReference(question);
    const compiled = byRules(rulesOf(alone), question);
    if (JSON.stringify(reference) === JSON.stringify(compiled)) return [];
    return [
      `${text}\nreference ${JSON.stringify(reference)}\ncompiled  ${JSON.stringify(compiled)}`,
    ];
  });
  return `${found.join('\n')}\n${JSON.stringify(question)}`;
}

interface Tally {
  allow: number;
  deny: number;
  satisfied: number;
  errors: number;
}

/** What differs in one world; empty when nothing does. */
function differences(world: number, tally: Tally): readonly string[] {
  const dice = createDice(world);
  // Beside a `forbid` that applies Cedar names no `permit`, so most worlds have none.
  const effects = dice.chance(0.7) ? ['permit'] : ['permit', 'permit', 'permit', 'forbid'];
  const policies = Object.fromEntries(
    Array.from({ length: policiesOfWorld }, (_unused, at) => [
      `p${at}`,
      randomPolicy(dice, effects),
    ]),
  );
  const entities = randomEntities(dice) as unknown as cedarWasm.Entities;
  const rules = rulesOf(policies);
  prepare(policies);
  const asked = Array.from({ length: questionsOfWorld }, () => randomQuestion(dice, entities));
  const wrong = asked.filter((question) => {
    const reference = byReference(question);
    tally[reference.decision as 'allow' | 'deny'] += 1;
    tally.satisfied += reference.reason.length;
    tally.errors += reference.errors.length;
    return JSON.stringify(reference) !== JSON.stringify(byRules(rules, question));
  });
  return wrong.map((question) => `world ${world}: ${explained(policies, question)}`);
}

describe('random policies and requests', { timeout: 300_000 + cases * 5 }, () => {
  it('are answered as by the reference engine: decision, reasons and errors [POL-21]', () => {
    const tally: Tally = { allow: 0, deny: 0, satisfied: 0, errors: 0 };
    const worlds = Math.ceil(cases / questionsOfWorld / policiesOfWorld);
    const found: string[] = [];
    for (let at = 0; at < worlds && found.length < 3; at += 1) {
      found.push(...differences(seed + at, tally));
    }
    expect(found.join('\n\n')).toBe('');
    // Random rules of which hardly one applies, or that are all errors, would prove little.
    expect(tally.allow).toBeGreaterThan(cases / policiesOfWorld / 4);
    expect(tally.deny).toBeGreaterThan(cases / policiesOfWorld / 50);
    expect(tally.satisfied).toBeGreaterThan(cases / 20);
    expect(tally.errors).toBeGreaterThan(cases / 20);
    expect(tally.errors).toBeLessThan(cases * 0.7);
  });
});
