import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRequire } from 'node:module';
import type * as cedarWasm from '@cedar-policy/cedar-wasm/nodejs';
import {
  decisionInput,
  type EngineTexts,
  policyEngineSuite,
  refundTool,
} from '#contracts/policy-engine.suite.ts';
import type { NamedTarget } from '#contracts/policy-engine.ts';
import type { DecisionInput } from '#kernel/decision.ts';
import type { UserLeg } from '#kernel/principal.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { toolTarget } from '#kernel/tool.ts';
import { createComparedEngine } from '../../../../test/fakes/compared-engine.ts';
import { createCedarEngine } from './index.ts';
import { createReferenceEngine } from './reference.ts';

const texts: EngineTexts = {
  permitAll: '@id("permit-all") permit(principal, action, resource);',
  permitAsking: '@id("permit-asking") @approval("write") permit(principal, action, resource);',
  forbidDelete:
    '@id("forbid-delete") forbid(principal, action, resource) when { resource.effect == "delete" };',
  forbidAsking:
    '@id("forbid-asking") @approval("dba") forbid(principal, action, resource) when { context.effect == "delete" };',
  smallRefund:
    '@id("small") permit(principal, action == Action::"billing/create_refund", resource) when { context.input.amount < 500 };',
  overflowing:
    '@id("overflow") forbid(principal, action == Action::"billing/create_refund", resource) when { context.input.amount * 100000 > 100 };',
  broken: '@id("broken")\npermit(principal, action resource);',
  unsafe: '@id("unsafe") forbid(principal, action, resource) when { context.risk > 5 };',
};

policyEngineSuite(createReferenceEngine, texts);
policyEngineSuite(createComparedEngine, texts);
policyEngineSuite(createCedarEngine, texts);

function tool(name: string, input: JsonObject, digest = 'd1'): NamedTarget {
  return { target: billing(name), digest, input };
}

const billing = (name: string) => toolTarget({ server: 'billing', tool: name });

function load(cedar: string, targets: readonly NamedTarget[] = [refundTool]) {
  return createComparedEngine().load({
    tenant: 'main',
    policies: [{ name: 'p', cedar }],
    targets,
  });
}

function loaded(cedar: string, targets: readonly NamedTarget[] = [refundTool]) {
  const answer = load(cedar, targets);
  if (answer.kind === 'invalid') throw new Error(JSON.stringify(answer.problems, null, 1));
  return answer;
}

function problems(cedar: string, targets: readonly NamedTarget[] = [refundTool]) {
  const answer = load(cedar, targets);
  return answer.kind === 'invalid' ? answer.problems : [];
}

const wide = tool('wide', {
  type: 'object',
  properties: {
    money: { type: 'number' },
    note: { type: ['string', 'null'] },
    tags: { type: 'array', items: { type: 'string' } },
    deep: {
      type: 'object',
      properties: { flag: { type: 'boolean' }, count: { type: 'integer' } },
      required: ['flag'],
    },
    any: {},
    __extn: { type: 'string' },
  },
  required: ['money', 'note'],
});

function wideInput(args: Record<string, Json>): DecisionInput {
  return decisionInput({ target: billing('wide'), arguments: args });
}

function appliedIds(cedar: string, input: DecisionInput): readonly string[] | string {
  const { applied, errors } = loaded(cedar, [wide]).policies.evaluate(input);
  return errors.length > 0 ? errors.join('; ') : applied.map(({ id }) => id);
}

const onWide = (condition: string) =>
  `@id("r") permit(principal, action == Action::"billing/wide", resource) when { ${condition} };`;

describe('typed arguments', () => {
  it('judges money as exact decimals [POL-16]', () => {
    const rule = onWide('context.input.money.lessThanOrEqual(decimal("500.0"))');
    expect(appliedIds(rule, wideInput({ money: 500 }))).toEqual(['r']);
    expect(appliedIds(rule, wideInput({ money: 499.9999 }))).toEqual(['r']);
    expect(appliedIds(rule, wideInput({ money: 500.0001 }))).toEqual([]);
    expect(appliedIds(rule, wideInput({ money: -0 }))).toEqual(['r']);
  });

  it.each([[0.00001], [1e-7], [1e21], [1e15], [999_999_999_999_999.9]])(
    'refuses to judge %d, which no decimal holds exactly',
    (money) => {
      const rule = onWide('context.input.money.lessThan(decimal("1.0"))');
      const { applied, errors } = loaded(rule, [wide]).policies.evaluate(wideInput({ money }));
      expect({ applied, errors: errors.length }).toEqual({ applied: [], errors: 1 });
    },
  );

  it('takes null as absent where the schema lets it', () => {
    const rule = onWide('!(context.input has note)');
    expect(appliedIds(rule, wideInput({ money: 1, note: null }))).toEqual(['r']);
    expect(appliedIds(rule, wideInput({ money: 1, note: 'x' }))).toEqual([]);
  });

  it('reads lists as sets and objects as records', () => {
    const rule = onWide(
      'context.input has tags && context.input.tags.contains("b") && context.input has deep && context.input.deep.flag',
    );
    const deep = { flag: true };
    expect(appliedIds(rule, wideInput({ money: 1, tags: ['a', 'b'], deep }))).toEqual(['r']);
    expect(appliedIds(rule, wideInput({ money: 1, tags: ['a'], deep }))).toEqual([]);
  });

  it('sees of what has no type that it is there, and refuses keys that the engine would misread', () => {
    expect(problems(onWide('context.input.any == 1'), [wide])).not.toEqual([]);
    const has = onWide('context.input has any');
    const any = { fn: 'decimal', arg: '1.0' };
    expect(appliedIds(has, wideInput({ money: 1, any }))).toEqual(['r']);
    expect(appliedIds(has, wideInput({ money: 1, any: null }))).toEqual([]);
    expect(appliedIds(has, wideInput({ money: 1 }))).toEqual([]);
    const rule = onWide('context.input has tags && context.input.tags.contains("x")');
    const hostile = { __extn: any };
    expect(appliedIds(rule, wideInput({ money: 1, tags: ['x'], any: hostile }))).toEqual(['r']);
    expect(appliedIds(rule, wideInput({ money: 1, tags: ['x'], __extn: 'y' }))).toContain('input');
    expect(appliedIds(rule, wideInput({ money: 1, tags: [hostile] }))).toContain('input.tags');
    expect(appliedIds(rule, wideInput({ money: 1, note: hostile }))).toContain('input.note');
  });

  it('keeps argument values out of its error messages', () => {
    const rule = onWide(
      'context.input has deep && context.input.deep has count && context.input.deep.count * 4096 > 1',
    );
    const count = 9_007_199_254_740_991;
    const text = appliedIds(rule, wideInput({ money: 1, deep: { flag: true, count } }));
    expect(text).toContain('overflow');
    expect(text).not.toContain('90071');
  });

  it('judges only with the types of the schema, for any arguments at all [POL-01]', () => {
    const cedarModule = createRequire(import.meta.url)(
      '@cedar-policy/cedar-wasm/nodejs',
    ) as typeof cedarWasm;
    const { policies } = loaded(onWide('context.input.money.lessThan(decimal("5.0"))'), [wide]);
    const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>;
    const near = fc.record(
      {
        money: fc.oneof(fc.double(), fc.integer(), json),
        note: fc.oneof(fc.string(), json),
        tags: fc.oneof(fc.array(fc.string()), json),
        deep: fc.oneof(fc.record({ flag: fc.boolean(), count: fc.integer() }), json),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(near, (args) => {
        const { applied, errors } = policies.evaluate(wideInput(args));
        if (errors.length > 0) return applied.length === 0;
        const money = (args as { money: number }).money;
        return applied.length === (money < 5 ? 1 : 0);
      }),
      { numRuns: 300 },
    );
    expect(cedarModule.getCedarVersion()).toBe('4.13.0');
  });
});

describe('the user that an agent acts for', () => {
  const ada = {
    subject: 'ada',
    issuer: 'https://idp.example',
    groups: ['finance', 'staff'],
    acr: 'phr',
    amr: ['pwd', 'otp'],
    claims: ['device=managed'],
  };
  const time = 1_790_000_000_000;
  const decides = (condition: string, person?: Partial<UserLeg>) => {
    const cedar = `@id("r") permit(principal, action, resource) when { ${condition} };`;
    const who = person === undefined ? {} : { user: 'ada', person: { ...ada, ...person } };
    return appliedIds(cedar, { ...wideInput({ money: 1, note: '' }), time, ...who });
  };

  it.each([
    [
      'a role',
      'context has person && context.person.groups.contains("finance")',
      {},
      { groups: [] },
    ],
    [
      'a fresh sign-in',
      'context has person && context.person has authAge && context.person.authAge <= 300',
      { signedInAt: time - 300_999 },
      { signedInAt: time - 301_000 },
    ],
    [
      'a strong one',
      'context has person && context.person has acr && context.person.acr == "phr" && context.person.amr.contains("otp")',
      {},
      { amr: ['pwd'] },
    ],
    [
      'a device',
      'context has person && context.person.claims.contains("device=managed")',
      {},
      { claims: ['device=byod'] },
    ],
  ] as const)('can be demanded to have %s [POL-12] [POL-26]', (_what, rule, good, bad) => {
    expect(decides(rule, good)).toEqual(['r']);
    expect(decides(rule, bad)).toEqual([]);
    expect(decides(rule)).toEqual([]);
  });

  it('has what the provider did not say in no form: a rule that forgets to ask is refused [POL-26]', () => {
    const rule = 'context has person && context.person.authAge <= 300';
    expect(problems(`@id("r") permit(principal, action, resource) when { ${rule} };`)).toHaveLength(
      1,
    );
    const asks =
      'context has person && context.person has authAge && context.person.authAge <= 300';
    expect(decides(asks, {})).toEqual([]);
  });

  it('mixes with arguments and with whom it came through [POL-12]', () => {
    const cedar = onWide(
      'context has person && context.person.groups.contains("finance") && context.input.money.lessThan(decimal("5.0")) && !(context has via)',
    );
    const input = (money: number) => ({ ...wideInput({ money, note: '' }), person: ada });
    expect(appliedIds(cedar, input(4))).toEqual(['r']);
    expect(appliedIds(cedar, input(5))).toEqual([]);
    expect(appliedIds(cedar, { ...input(4), via: ['planner'] })).toEqual([]);
  });
});

describe('what it refuses to load', () => {
  it.each([
    ['a rule without an id', 'permit(principal, action, resource);', '@id'],
    ['an empty id', '@id permit(principal, action, resource);', '@id'],
    [
      'a class that is not plain',
      '@id("a") @approval("a+b") permit(principal, action, resource);',
      '@approval',
    ],
    [
      'a misspelt annotation, which would turn a question into a permit',
      '@id("a") @aproval("x") permit(principal, action, resource);',
      '@aproval',
    ],
    ['a template', '@id("a") permit(principal == ?principal, action, resource);', 'template'],
    [
      'an integer that JavaScript cannot hold',
      '@id("a") permit(principal, action, resource) when { context.time > 9007199254740993 };',
      '53 bits',
    ],
    [
      'the action of unnamed tools',
      '@id("a") forbid(principal, action == Action::"other", resource);',
      'action in Action',
    ],
    [
      'a rule that can never apply',
      '@id("a") forbid(principal, action, resource) when { false };',
      'impossible',
    ],
    [
      'an action that is no tool',
      '@id("a") forbid(principal, action == Action::"delete", resource);',
      'unrecognized action',
    ],
    [
      'the entity operator on text',
      '@id("a") forbid(principal, action, resource) when { context.environment in ["x"] };',
      'expected',
    ],
    [
      'optional context without a test for it',
      '@id("a") forbid(principal, action, resource) when { context.user == "x" };',
      'optional',
    ],
    [
      'text that reads in another order than it works',
      '@id("a") permit(principal == Agent::"a\u202e", action, resource);',
      'BIDI',
    ],
    [
      'arguments of a tool that is not named',
      '@id("a") permit(principal, action, resource) when { context.input.amount < 5 };',
      'input',
    ],
    [
      'a narrower raise for every call',
      '@id("a") @untrusted("allow") permit(principal, action, resource);',
      'one by one',
    ],
    [
      'a narrower raise for the group of all calls',
      '@id("a") @untrusted("allow") permit(principal, action in Action::"call", resource);',
      'one by one',
    ],
    [
      'a narrower raise for the group among tools',
      '@id("a") @untrusted("allow") permit(principal, action in [Action::"billing/create_refund", Action::"call"], resource);',
      'one by one',
    ],
    [
      'a narrower raise for a resource, which is no head',
      '@id("a") @untrusted("allow") permit(principal, action, resource == Tool::"billing/create_refund");',
      'one by one',
    ],
    [
      'a narrower raise where only a condition names the tool',
      '@id("a") @untrusted("allow") permit(principal, action, resource) when { action == Action::"billing/create_refund" };',
      'one by one',
    ],
    [
      'a narrower raise by a forbid',
      '@id("a") @untrusted("allow") forbid(principal, action == Action::"billing/create_refund", resource);',
      'belongs to a `permit`',
    ],
    [
      'a narrower raise by what asks a human',
      '@id("a") @approval("x") @untrusted("allow") permit(principal, action == Action::"billing/create_refund", resource);',
      'exclude each other',
    ],
    [
      'a raise of another name',
      '@id("a") @untrusted("Allow") permit(principal, action == Action::"billing/create_refund", resource);',
      '@untrusted("ask")',
    ],
    [
      'a raise without a word',
      '@id("a") @untrusted permit(principal, action == Action::"billing/create_refund", resource);',
      '@untrusted("ask")',
    ],
    [
      'text that nests without end',
      `@id("a") permit(principal, action, resource) when { ${'('.repeat(5_000)}true${')'.repeat(5_000)} };`,
      'deep',
    ],
    [
      'a chain without end',
      `@id("a") permit(principal, action, resource) when { true${' && context.time > 1'.repeat(9_000)} };`,
      'deep',
    ],
  ])('refuses %s', (_name, cedar, says) => {
    const found = problems(cedar);
    expect(found.map(({ message }) => message).join('\n')).toContain(says);
    expect(new Set(found.map(({ policy }) => policy))).toEqual(new Set(['p']));
  });

  it('says line and column in characters, behind text of several bytes', () => {
    const cedar = `// für später 😀\n  @id("a") permit(principal, action, resource) when { resource.servr == "x" };`;
    expect(problems(cedar)).toEqual([
      expect.objectContaining({ policy: 'p', line: 2, column: 55 }),
    ]);
  });

  it('goes on after text that breaks the engine, and earlier bundles stay exact', () => {
    const engine = createComparedEngine();
    const set = (cedar: string) => ({
      tenant: 'main',
      policies: [{ name: 'p', cedar }],
      targets: [refundTool],
    });
    const good = engine.load(set('@id("a") permit(principal, action, resource);'));
    if (good.kind === 'invalid') throw new Error('invalid');
    expect(good.policies.evaluate(decisionInput()).applied).toHaveLength(1);
    const nested = `${'('.repeat(5_000)}true${')'.repeat(5_000)}`;
    const deep = engine.load(
      set(`@id("b") permit(principal, action, resource) when { ${nested} };`),
    );
    expect(deep).toMatchObject({ problems: [{ message: 'the text is nested too deep' }] });
    expect(good.policies.evaluate(decisionInput()).applied).toHaveLength(1);
  });
});

describe('a permit that names its tools one by one', () => {
  it('may say what untrusted content means for it', () => {
    const { policies } = loaded(
      '@id("a") @untrusted("allow") permit(principal, action in [Action::"billing/create_refund", Action::"billing/later"], resource);\n@id("b") @untrusted("ask") permit(principal, action == Action::"billing/create_refund", resource);',
    );
    expect(policies.evaluate(decisionInput()).applied).toMatchObject([
      { id: 'a', untrusted: 'allow' },
      { id: 'b', untrusted: 'ask' },
    ]);
  });
});

describe('tools that rules name', () => {
  const waiting =
    '@id("w") forbid(principal, action in [Action::"billing/create_refund", Action::"billing/later"], resource);\n@id("all") permit(principal, action, resource);';

  it('warns of a tool that is not pinned yet, and denies it by an error until it is', () => {
    const answer = loaded(waiting);
    expect(answer.warnings).toEqual([
      {
        policy: 'p',
        message:
          'rule `w` waits: tool `billing/later` is not pinned, so every call of it is denied',
        line: 1,
        column: 1,
      },
    ]);
    const { errors } = answer.policies.evaluate(decisionInput({ target: billing('later') }));
    expect(errors).toHaveLength(1);
    const { applied } = answer.policies.evaluate(decisionInput());
    expect(applied.map(({ id }) => id)).toEqual(['all', 'w']);
  });

  it('also loads a rule that has nothing but a tool that is not pinned yet', () => {
    const answer = loaded('@id("w") forbid(principal, action == Action::"a/b", resource);');
    expect(answer.warnings).toHaveLength(1);
  });

  it('finds a name in conditions, and never in comments or text', () => {
    const rule = `// Action::"billing/nowhere"
@id("r") permit(principal, action, resource)
when { action == Action::"billing/create_refund" && context.input.amount > 5 || context.environment == "Action::\\"a/b\\"" };`;
    const answer = loaded(rule);
    expect(answer.warnings).toEqual([]);
    expect(
      answer.policies.evaluate(decisionInput({ arguments: { amount: 6 } })).applied,
    ).toHaveLength(1);
  });

  it('covers a tool that no rule names through the group of all calls', () => {
    const { policies } = loaded('@id("r") forbid(principal, action in Action::"call", resource);');
    expect(policies.evaluate(decisionInput({ target: billing('unheard') })).applied).toHaveLength(
      1,
    );
    expect(policies.evaluate(decisionInput()).applied).toHaveLength(1);
  });

  it('loads ten thousand pinned tools of which three are named, without typing the others', () => {
    const many = Array.from({ length: 10_000 }, (_unused, index) =>
      tool(`tool_${index}`, refundTool.input ?? {}),
    );
    const cedar = [1, 5_000, 9_999]
      .map(
        (index) =>
          `@id("r${index}") permit(principal, action == Action::"billing/tool_${index}", resource) when { context.input.amount < 5 };`,
      )
      .join('\n');
    const engine = createComparedEngine();
    const policies = [{ name: 'p', cedar }];
    const few = engine.load({
      tenant: 'few',
      policies,
      targets: many.filter((_t, i) => [1, 5_000, 9_999].includes(i)),
    });
    const all = engine.load({ tenant: 'all', policies, targets: many });
    if (few.kind === 'invalid' || all.kind === 'invalid') throw new Error('invalid');
    // The digest covers every typed tool: equal digests mean that no other tool was typed.
    expect(all.policies.digest).toBe(few.policies.digest);
    expect(
      all.policies.evaluate(
        decisionInput({ target: billing('tool_9999'), arguments: { amount: 4 } }),
      ).applied,
    ).toHaveLength(1);
  });
});

describe('answers that repeat', () => {
  it('are given again only to the same question, whatever it is about', () => {
    const cedar = `@id("all") permit(principal, action, resource);
@id("r") permit(principal == Agent::"bot", action, resource)
when { resource.effect == "write" && context.environment == "production" && !context.labels.contains("integrity:untrusted") && !(context has user) };`;
    const { policies } = loaded(cedar);
    const base = decisionInput({ target: billing('any') });
    const others: readonly Partial<DecisionInput>[] = [
      { agent: 'other' },
      { effectClass: 'read' },
      { environment: 'staging' },
      { labels: ['integrity:untrusted'] },
      { user: 'ann' },
    ];
    const count = (over: Partial<DecisionInput>) =>
      policies.evaluate({ ...base, ...over }).applied.length;
    for (let round = 0; round < 2; round += 1) {
      expect(count({ time: round })).toBe(2);
      expect(others.map(count)).toEqual(others.map(() => 1));
    }
  });

  it('follow the arguments of a tool that a rule names', () => {
    const rule = onWide('context.input.money.lessThan(decimal("5.0"))');
    const { policies } = loaded(rule, [wide]);
    const count = (money: number) => policies.evaluate(wideInput({ money })).applied.length;
    expect([4, 5, 4, 4.9999, 5].map(count)).toEqual([1, 0, 1, 1, 0]);
  });

  it('follow the clock when a rule reads it', () => {
    const { policies } = loaded(
      '@id("r") permit(principal, action, resource) when { context.time < 1000 };',
    );
    const count = (time: number) => policies.evaluate(decisionInput({ time })).applied.length;
    expect([999, 1_000, 999].map(count)).toEqual([1, 0, 1]);
  });

  it('stay right when there are more questions than are remembered', () => {
    const { policies } = loaded('@id("r") permit(principal == Agent::"bot", action, resource);');
    const count = (agent: string) => policies.evaluate(decisionInput({ agent })).applied.length;
    for (let index = 0; index < 4_200; index += 1) expect(count(`agent-${index}`)).toBe(0);
    expect(count('bot')).toBe(1);
  });
});

describe('every satisfied rule, against the plain answer of the reference engine', () => {
  const conditions = [
    'context.time > 5',
    'context.time < 5',
    'context.labels.contains("x")',
    'resource.effect == "read"',
    'principal == Agent::"bot"',
    'context has user && context.user == "u"',
    'action in Action::"call"',
    'context.time * 1000000 * 1000000 * 1000000 > 5',
  ];
  const ruleSet = fc.array(
    fc.record({
      effect: fc.constantFrom('permit', 'forbid'),
      condition: fc.constantFrom(...conditions),
      noise: fc.constantFrom('', '// forbid permit\n', '@owner("a \\" forbid(") ', '\n\t'),
    }),
    { maxLength: 8 },
  );

  it('reports exactly the rules that are satisfied alone, and exactly the errors [POL-21]', () => {
    const cedar = createRequire(import.meta.url)(
      '@cedar-policy/cedar-wasm/nodejs',
    ) as typeof cedarWasm;
    fc.assert(
      fc.property(
        ruleSet,
        fc.constantFrom('read', 'write'),
        fc.constantFrom(1, 9),
        (set, effect, time) => {
          const texts = set.map(
            ({ effect: kind, condition, noise }, index) =>
              `${noise}@id("r${index}") ${noise.replace('@owner', '@description')}${kind}(principal, action, resource) when { ${condition} };`,
          );
          const { policies } = loaded(texts.join('\n'));
          const input = decisionInput({ target: billing('any'), effectClass: effect, time });
          const { applied, errors } = policies.evaluate(input);
          const alone = texts.map((text) => {
            const answer = cedar.isAuthorized({
              principal: { type: 'Agent', id: 'bot' },
              action: { type: 'Action', id: 'other' },
              resource: { type: 'Tool', id: 'billing/any' },
              context: { labels: [], binding: 'dpop', environment: 'production', effect, time },
              policies: { staticPolicies: text },
              entities: [
                {
                  uid: { type: 'Action', id: 'other' },
                  attrs: {},
                  parents: [{ type: 'Action', id: 'call' }],
                },
                { uid: { type: 'Tool', id: 'billing/any' }, attrs: { effect }, parents: [] },
              ],
            });
            if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors));
            return answer.response.diagnostics;
          });
          expect(applied.map(({ id, effect: kind }) => `${id} ${kind}`)).toEqual(
            set.flatMap(({ effect: kind }, i) =>
              alone[i]?.reason.length === 1 ? [`r${i} ${kind}`] : [],
            ),
          );
          expect(errors).toHaveLength(alone.filter((one) => one.errors.length > 0).length);
        },
      ),
      { numRuns: 60 },
    );
  });
});
