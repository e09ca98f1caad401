import { createRequire } from 'node:module';
import type * as cedarWasm from '@cedar-policy/cedar-wasm/nodejs';
import { describe, expect, it } from 'vitest';
import {
  type Answer,
  buildAtOnce,
  buildRules,
  entitiesFromJson,
  entitiesOf,
  entityOf,
  EntityUid,
  type PlainRule,
  plainRule,
  recordOf,
} from './index.ts';

const cedar = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as typeof cedarWasm;

function plainOf(id: string, text: string): PlainRule {
  const read = cedar.policyToJson(text);
  if (read.type === 'failure') throw new Error(JSON.stringify(read.errors));
  const plain = plainRule(id, read.json);
  if (plain.kind === 'falls-back') throw new Error(plain.why);
  return plain.plain;
}

const user = { type: 'User', id: 'ann' };
const entities = entitiesFromJson([
  { uid: user, attrs: { age: 40, boss: { __entity: { type: 'User', id: 'eve' } } }, parents: [] },
  { uid: { type: 'Action', id: 'read' }, attrs: {}, parents: [{ type: 'Action', id: 'call' }] },
]);

function ask(rules: readonly string[], context: Readonly<Record<string, unknown>> = {}): Answer {
  const plain = rules.map((text, at) => plainOf(`rule${at}`, text));
  // The way from control to the gateway is JSON at worst.
  const built = buildAtOnce(JSON.parse(JSON.stringify(structuredClone(plain))) as PlainRule[]);
  return built.evaluate({
    principal: new EntityUid('User', 'ann'),
    action: new EntityUid('Action', 'read'),
    resource: new EntityUid('File', 'f'),
    context: recordOf(context),
    entities,
  });
}

const when = (condition: string) => `permit(principal, action, resource) when { ${condition} };`;

describe('rules as closures', () => {
  it('name what applies and what is an error, and nothing else [POL-21]', () => {
    const { satisfied, errors } = ask(
      [
        when('context.amount < 10 && principal.age >= 18'),
        when('context.amount > 10'),
        when('context.missing'),
        when('context has missing && context.missing'),
        'forbid(principal == User::"ann", action in [Action::"call", Action::"write"], resource is File);',
        'forbid(principal == User::"eve", action, resource);',
        'forbid(principal, action == Action::"write", resource);',
      ],
      { amount: 5 },
    );
    expect(satisfied.toSorted()).toEqual(['rule0', 'rule4']);
    expect(errors).toEqual([{ id: 'rule2', message: 'there is no attribute `missing`' }]);
  });

  it('are each named once, however an action is found', () => {
    const rules = buildAtOnce([
      plainOf('one', 'permit(principal, action in Action::"read", resource);'),
      plainOf('two', 'permit(principal, action in [Action::"read", Action::"call"], resource);'),
    ]);
    const action = new EntityUid('Action', 'read');
    const above = new Set([action.key, new EntityUid('Action', 'call').key]);
    const { satisfied } = rules.evaluate({
      principal: new EntityUid('User', 'ann'),
      action,
      resource: new EntityUid('File', 'f'),
      context: new Map(),
      entities: entitiesOf(new Map([[action.key, entityOf(undefined, above)]])),
    });
    expect(satisfied.toSorted()).toEqual(['one', 'two']);
  });

  it('are made one at a time, so that the loop can go on in between', () => {
    const plain = ['a', 'b', 'c'].map((id) => plainOf(id, when('context.x == 1')));
    const steps = buildRules(plain);
    expect(plain.map(() => steps.next().done)).toEqual([false, false, false]);
    expect(steps.next().done).toBe(true);
  });
});
