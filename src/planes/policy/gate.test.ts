import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { createInlineEngine } from '#adapters/policy-engine/cedar/inline.ts';
import type { DocumentKind } from '#contracts/document-kind.ts';
import { decisionInput, refundPin } from '#contracts/policy-engine.suite.ts';
import { section } from '#contracts/section.ts';
import type { PartProblem } from '#contracts/plane-part.ts';
import type { AppliedRule, Evaluation, PolicyEngine } from '#contracts/policy-engine.ts';
import type { Decision, DecisionInput, Effect, ThreeQuestions } from '#kernel/decision.ts';
import type { PinnedTool, PolicyEntry, Snapshot } from '#kernel/snapshot.ts';
import { type Target, targetKinds } from '#kernel/target.ts';
import { toolTarget } from '#kernel/tool.ts';
import { createPolicyGate, explainDecision, gateRules, type PolicyView } from './index.ts';

/** A made-up kind of document, whose entries are hosts that rules may name. */
const hosts = section<{ readonly name: string; readonly digest: string }>('hosts');
const hostKind: DocumentKind<{ readonly name: string; readonly digest: string }> = {
  kind: 'Host',
  section: hosts,
  parse: () => ({ kind: 'problems', problems: [] }),
  targets: ({ name: owner, digest }) => [
    { target: { kind: 'host', owner, name: undefined }, digest },
  ],
};

const fine: ThreeQuestions = {
  mayCallTool: true,
  insideEnvelope: true,
  crossesSensitivity: false,
};

function snapshot(
  tenants: Readonly<Record<string, readonly PolicyEntry[]>>,
  pins: readonly PinnedTool[] = [refundPin],
): Snapshot {
  const compiled = Object.entries(tenants).map(([tenant, policies]) => [
    tenant,
    {
      tenant,
      agents: {},
      manifests: {},
      servers: {},
      policies,
      secrets: {},
      pins: { billing: Object.fromEntries(pins.map((pinned) => [pinned.tool, pinned])) },
    },
  ]);
  return {
    number: 1,
    digest: 'd',
    createdAt: 0,
    epoch: 0,
    tenants: Object.fromEntries(compiled),
    tokens: { issuer: 'i', audience: 'a', keys: [] },
  };
}

/** An engine whose rules simply apply; what it answers is given. */
/** The plane as a gateway has it: the newest view of those that were not refused. */
async function planeOf(engine: PolicyEngine, first: Snapshot = snapshot({})) {
  const part = createPolicyGate({ engine, kinds: [hostKind] });
  let view: PolicyView | undefined;
  const adopt = async (next: Snapshot): Promise<readonly PartProblem[]> => {
    const compiled = await part.compile(next, view);
    if (compiled.kind === 'refused') return compiled.problems;
    ({ view } = compiled);
    return [];
  };
  const inForce = (): PolicyView => {
    if (view === undefined) throw new Error('nothing is in force');
    return view;
  };
  expect(await adopt(first)).toEqual([]);
  return {
    adopt,
    decide: (input: DecisionInput, questions: ThreeQuestions) =>
      onTheSpot(inForce().decide(input, questions)),
    digest: (tenant: string) => inForce().digest(tenant),
    inForce,
  };
}

function onTheSpot(decision: Decision | Promise<Decision>): Decision {
  if (decision instanceof Promise) throw new Error('it is still to come');
  return decision;
}

function engineOf(evaluate: (input: DecisionInput) => readonly AppliedRule[] | 'throw') {
  const engine: PolicyEngine = {
    name: 'given',
    load: () => ({
      kind: 'loaded',
      policies: {
        digest: 'given',
        evaluate(input) {
          const applied = evaluate(input);
          if (applied === 'throw') throw new Error('gone');
          return { applied, errors: [] };
        },
      },
    }),
  };
  return planeOf(engine, snapshot({ main: [] }));
}

let gate: Awaited<ReturnType<typeof planeOf>>;
let adoptAll: (...cedar: readonly string[]) => Promise<void>;

beforeEach(async () => {
  gate = await planeOf(createInlineEngine());
  adoptAll = async (...cedar) => {
    const policies = cedar.map((text, index) => ({ name: `p${index}`, cedar: text }));
    expect(await gate.adopt(snapshot({ main: policies }))).toEqual([]);
  };
});

function decide(over: Partial<DecisionInput> = {}, questions = fine): Decision {
  return gate.decide(decisionInput(over), questions);
}

describe('out of the box', () => {
  beforeEach(() => adoptAll());

  it('lets reads through and asks a human before anything else [POL-02, POL-24]', () => {
    expect(decide({ effectClass: 'read' })).toMatchObject({
      effect: 'allow',
      rules: ['builtin/read'],
      approvalClass: undefined,
    });
    for (const effectClass of ['write', 'delete', 'unheard-of', 'READ', '']) {
      expect(decide({ effectClass })).toMatchObject({
        effect: 'approve',
        rules: ['builtin/write'],
        approvalClass: 'write',
      });
    }
  });

  it('steps aside for a policy named `builtin`, and then nothing is permitted', async () => {
    const mine = { name: 'builtin', cedar: '// nothing' };
    expect(await gate.adopt(snapshot({ main: [mine] }))).toEqual([]);
    expect(decide({ effectClass: 'read' })).toMatchObject({ effect: 'deny', rules: [] });
  });
});

describe('an agent that only assists', () => {
  const free = '@id("free") permit(principal, action in Action::"call", resource);';

  it('does nothing but read by itself, whatever rules permit, and no less than others [POL-22]', async () => {
    expect(await gate.adopt(snapshot({ main: [{ name: 'builtin', cedar: free }] }))).toEqual([]);
    for (const effectClass of ['write', 'delete', 'unheard-of']) {
      expect(decide({ effectClass, autonomy: 'assisted' })).toMatchObject({
        effect: 'approve',
        rules: ['builtin/assisted-asks', 'free'],
        approvalClass: 'assisted',
        explanation: expect.stringContaining('this agent only assists'),
      });
    }
    expect(decide({ effectClass: 'read', autonomy: 'assisted' })).toMatchObject({
      effect: 'allow',
    });
    for (const autonomy of [undefined, 'semi-autonomous', 'broad'] as const) {
      expect(decide({ effectClass: 'write', autonomy })).toMatchObject({ effect: 'allow' });
    }
  });
});

describe('rules that name what a document configures', () => {
  const cedar = '@id("r") permit(principal, action == Action::"host:api.example", resource);';
  const target: Target = { kind: 'host', owner: 'api.example', name: undefined };

  it('need no schema of it, and wait for it while it is not configured', async () => {
    const configured = snapshot({ main: [{ name: 'builtin', cedar }] });
    const withHost = (digest: string) => ({
      ...configured,
      tenants: {
        main: { ...configured.tenants['main'], hosts: { x: { name: 'api.example', digest } } },
      } as unknown as Snapshot['tenants'],
    });
    expect(await gate.adopt(configured)).toEqual([]);
    expect(decide({ target }).errors).toHaveLength(1);
    expect(await gate.adopt(withHost('d1'))).toEqual([]);
    expect(decide({ target, targetDigest: 'd1' })).toMatchObject({ effect: 'allow', rules: ['r'] });
    // Judged with one configuration, asked about with another: an error, and a deny.
    expect(decide({ target, targetDigest: 'd2' }).effect).toBe('deny');
    expect(await gate.adopt(withHost('d2'))).toEqual([]);
    expect(decide({ target, targetDigest: 'd2' }).effect).toBe('allow');
  });
});

describe('how rules add up', () => {
  const rules = {
    permit: '@id("permit") permit(principal, action, resource);',
    ask: '@id("ask") @approval("finance") permit(principal, action, resource);',
    forbid: '@id("forbid") forbid(principal, action, resource);',
    lift: '@id("lift") @approval("dba") forbid(principal, action, resource);',
    overflow:
      '@id("overflow") forbid(principal, action, resource) when { context.time * 1000000 * 1000000 * 1000000 > 0 };',
  };
  const nothing = { name: 'builtin', cedar: '' };

  it.each([
    [['permit'], 'allow', undefined, ['permit']],
    [['ask'], 'approve', 'finance', ['ask']],
    [['permit', 'ask'], 'allow', undefined, ['permit']],
    [['lift'], 'deny', undefined, []],
    [['permit', 'lift'], 'approve', 'dba', ['lift']],
    [['ask', 'lift'], 'approve', 'dba+finance', ['ask', 'lift']],
    [['permit', 'forbid'], 'deny', undefined, ['forbid']],
    [['permit', 'ask', 'lift', 'forbid'], 'deny', undefined, ['forbid']],
    [[], 'deny', undefined, []],
  ] as const)('%j is %s of class %s by %j [POL-01, POL-02]', async (names, effect, asked, led) => {
    const policies = names.map((name) => ({ name, cedar: rules[name] }));
    expect(await gate.adopt(snapshot({ main: [nothing, ...policies] }))).toEqual([]);
    expect(decide()).toMatchObject({ effect, approvalClass: asked, rules: led });
  });

  it('denies when a forbid cannot be evaluated, where the engine itself would skip it [POL-01]', async () => {
    await adoptAll(rules.permit, rules.overflow);
    const decision = decide();
    expect(decision.effect).toBe('deny');
    expect(decision.errors).toHaveLength(1);
  });
});

describe('default deny', () => {
  it('denies every call of a tenant that has nothing in force [POL-01]', () => {
    fc.assert(
      fc.property(anyInput, anyQuestions, (input, questions) => {
        return gate.decide(input, questions).effect === 'deny';
      }),
      { numRuns: 25 },
    );
    expect(gate.digest('main')).toBe('none');
  });

  it('denies any call at all when no rule permits [POL-01]', async () => {
    await gate.adopt(snapshot({ main: [{ name: 'builtin', cedar: '' }] }));
    fc.assert(
      fc.property(anyInput, anyQuestions, (input, questions) => {
        return gate.decide({ ...input, tenant: 'main' }, questions).effect === 'deny';
      }),
    );
    expect(decide().errors).toEqual([]);
  });

  it('denies with a reason when the engine throws [POL-01]', async () => {
    const broken = await engineOf(() => 'throw');
    const decision = broken.decide(decisionInput(), fine);
    expect(decision).toMatchObject({ effect: 'deny', errors: ['the policy engine failed'] });
  });

  const permit = { id: 'yes', effect: 'permit', approvalClass: undefined };
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'allow'],
    ['no list of errors', { applied: [permit] }],
    ['errors that are no list', { applied: [permit], errors: 'none' }],
    ['rules that are no list', { applied: { 0: permit }, errors: [] }],
    ['a rule that is nothing', { applied: [permit, null], errors: [] }],
    ['a rule without a name', { applied: [{ ...permit, id: 7 }], errors: [] }],
    ['a forbid that lost its effect', { applied: [permit, { ...permit, effect: '' }], errors: [] }],
    ['another effect', { applied: [{ ...permit, effect: 'allow' }], errors: [] }],
    ['a class that is no text', { applied: [{ ...permit, approvalClass: {} }], errors: [] }],
  ])('denies when the engine answers %s [POL-01]', async (_name, answer) => {
    const engine: PolicyEngine = {
      name: 'corrupt',
      load: async () => ({
        kind: 'loaded',
        policies: { digest: 'given', evaluate: () => answer as unknown as Evaluation },
      }),
    };
    const corrupt = await planeOf(engine, snapshot({ main: [] }));
    expect(corrupt.decide(decisionInput({ effectClass: 'read' }), fine)).toMatchObject({
      effect: 'deny',
      errors: ['the policy engine answered what nobody can read'],
    });
  });

  it.each([
    ['nothing', async () => undefined, 'the policy engine answered what nobody can read'],
    ['half an answer', async () => ({ applied: [permit] }), 'the policy engine answered what'],
    ['a fault', () => Promise.reject(new Error('gone')), 'the policy engine failed'],
  ])('denies when an answer that was waited for is %s [POL-01]', async (_name, answer, why) => {
    const { view } = await waiting(answer as unknown as () => Promise<Evaluation>);
    const decision = await view.decide(decisionInput({ effectClass: 'read' }), fine);
    expect(decision).toMatchObject({ effect: 'deny', errors: [expect.stringContaining(why)] });
  });

  it('names what was asked, whatever would be asked by the time of the answer [POL-04]', async () => {
    const { view, policies } = await waiting(async () => {
      policies.digest = 'later';
      return { applied: [{ id: 'yes', effect: 'permit', approvalClass: undefined }], errors: [] };
    });
    const decision = view.decide(decisionInput(), fine);
    expect(decision).toBeInstanceOf(Promise);
    expect(await decision).toMatchObject({ effect: 'allow', policyDigest: 'given' });
  });

  async function waiting(evaluate: () => Promise<Evaluation>) {
    const policies = { digest: 'given', evaluate };
    const load = () => ({ kind: 'loaded' as const, policies });
    const plane = await planeOf({ name: 'slow', load }, snapshot({ main: [] }));
    return { view: plane.inForce(), policies };
  }

  it('refuses a Snapshot whose policies the engine throws at, and tells it', async () => {
    const throwing: PolicyEngine = {
      name: 'broken',
      load: () => {
        throw new Error('gone');
      },
    };
    const broken = await planeOf(throwing);
    const before = broken.inForce();
    expect(await broken.adopt(snapshot({ main: [] }))).toHaveLength(1);
    expect(broken.inForce()).toBe(before);
    expect(broken.decide(decisionInput(), fine).effect).toBe('deny');
  });
});

describe('adopting a Snapshot', () => {
  const invalid = { name: 'mine', cedar: '@id("x") permit(principal, action, resource' };

  it('keeps what is in force when the new policies have problems [POL-06]', async () => {
    await adoptAll('@id("permit") permit(principal, action, resource);');
    const before = gate.digest('main');
    expect(await gate.adopt(snapshot({ main: [invalid] }))).toEqual([
      expect.objectContaining({ document: { kind: 'Policy', name: 'mine' }, line: 1 }),
    ]);
    expect(gate.digest('main')).toBe(before);
    expect(decide().effect).toBe('allow');
  });

  it('names the policies that decided [POL-04]', async () => {
    await adoptAll();
    expect(decide().policyDigest).toBe(gate.digest('main'));
    expect(gate.digest('main')).toMatch(/^[0-9a-f]{64}$/);
  });

  it('takes a tightened policy at once [POL-06]', async () => {
    await adoptAll('@id("permit") permit(principal, action, resource);');
    expect(decide().effect).toBe('allow');
    await adoptAll(
      '@id("permit") permit(principal, action, resource);',
      '@id("no") forbid(principal, action, resource);',
    );
    expect(decide().effect).toBe('deny');
  });

  it('forgets a tenant that is gone, and never mixes two', async () => {
    const open = { name: 'p', cedar: '@id("permit") permit(principal, action, resource);' };
    await gate.adopt(snapshot({ main: [open], other: [] }));
    expect(decide().effect).toBe('allow');
    expect(decide({ tenant: 'other' }).effect).toBe('approve');
    await gate.adopt(snapshot({ other: [] }));
    expect(decide().effect).toBe('deny');
    expect(decide({ tenant: '__proto__' }).effect).toBe('deny');
  });

  it('denies a tool that was pinned anew until policies were judged against it', async () => {
    await adoptAll(
      '@id("r") permit(principal, action == Action::"billing/create_refund", resource) when { context.input.amount < 500 };',
    );
    expect(decide().effect).toBe('allow');
    expect(decide({ targetDigest: 'd2' })).toMatchObject({
      effect: 'deny',
      approvalClass: undefined,
    });
  });
});

describe('the three questions', () => {
  it.each([
    [{ mayCallTool: false }, gateRules.mayNotCallTool],
    [{ insideEnvelope: false }, gateRules.outsideEnvelope],
    [{ crossesSensitivity: true }, gateRules.crossesSensitivity],
  ] as const)('%j denies what policy allows, and is recorded [POL-14]', async (failing, rule) => {
    await adoptAll('@id("permit") permit(principal, action, resource);');
    const questions = { ...fine, ...failing };
    expect(decide({}, questions)).toMatchObject({ effect: 'deny', rules: [rule], questions });
    expect(decide({ effectClass: 'read' }, questions).effect).toBe('deny');
  });
});

describe('labels', () => {
  beforeEach(() => adoptAll('@id("permit") permit(principal, action, resource);'));

  it('raise an allowed write to a question once untrusted content was read', () => {
    expect(decide({ labels: ['integrity:untrusted'] })).toMatchObject({
      effect: 'approve',
      rules: ['builtin/untrusted-raises', 'permit'],
      approvalClass: 'untrusted-content',
    });
    expect(decide({ labels: ['integrity:untrusted'], effectClass: 'read' }).effect).toBe('allow');
    expect(decide({ labels: ['confidentiality:personal'] }).effect).toBe('allow');
  });

  const note = 'permit(principal, action == Action::"billing/create_refund", resource)';
  const untrusted = { labels: ['integrity:untrusted'] } as const;

  it('raise nothing for the tool, the effect and the kind of change that a permit names', async () => {
    await adoptAll(
      '@id("permit") permit(principal, action, resource);',
      `@id("note") @untrusted("allow") ${note} when { resource.effect == "write" && resource.reversible };`,
    );
    const decision = decide({ ...untrusted, reversible: true });
    expect(decision).toMatchObject({
      effect: 'allow',
      rules: ['builtin/untrusted-allowed', 'note', 'permit'],
      approvalClass: undefined,
    });
    expect(decision.explanation).toContain('although the conversation has read untrusted content');
    for (const other of [
      { reversible: false },
      { reversible: true, effectClass: 'delete' },
      { reversible: true, target: toolTarget({ server: 'billing', tool: 'other' }) },
    ]) {
      expect(decide({ ...untrusted, ...other })).toMatchObject({
        effect: 'approve',
        approvalClass: 'untrusted-content',
        rules: ['builtin/untrusted-raises', 'permit'],
      });
    }
    expect(decide({ reversible: true }).rules).toEqual(['note', 'permit']);
  });

  it('raise all the same where another permit asks for it', async () => {
    await adoptAll(
      `@id("note") @untrusted("allow") ${note};`,
      `@id("careful") @untrusted("ask") ${note} when { !resource.reversible };`,
    );
    expect(decide({ ...untrusted, reversible: true }).effect).toBe('allow');
    expect(decide({ ...untrusted, reversible: false })).toMatchObject({
      effect: 'approve',
      rules: ['builtin/untrusted-raises', 'careful', 'note'],
    });
  });

  it('leave whatever else asks or forbids as it is', async () => {
    const allow = `@id("note") @untrusted("allow") ${note};`;
    await adoptAll(allow, '@id("two") @approval("dba") forbid(principal, action, resource);');
    expect(decide(untrusted)).toMatchObject({
      effect: 'approve',
      approvalClass: 'dba',
      rules: ['builtin/untrusted-allowed', 'note', 'two'],
    });
    expect(decide(untrusted, { ...fine, insideEnvelope: false }).effect).toBe('deny');
    await adoptAll(allow, '@id("no") forbid(principal, action, resource);');
    expect(decide(untrusted)).toMatchObject({ effect: 'deny', rules: ['no'] });
  });

  it('never read a word of a permit that asks, whatever an engine says of it', async () => {
    const permits: AppliedRule[] = [
      { id: 'plain', effect: 'permit', approvalClass: undefined },
      { id: 'asking', effect: 'permit', approvalClass: 'x', untrusted: 'allow' },
    ];
    const decision = (await engineOf(() => permits)).decide(decisionInput(untrusted), fine);
    expect(decision).toMatchObject({ effect: 'approve', approvalClass: 'untrusted-content' });
  });
});

describe('explanations', () => {
  it('are one plain sentence for the person who decides [APR-01]', async () => {
    await adoptAll();
    expect(decide({ labels: ['integrity:untrusted'] }).explanation).toBe(
      '`bot` wants to call `billing/create_refund` (write, cannot be undone), and each of the rules `builtin/untrusted-raises`, `builtin/write` asks a human (class `untrusted-content+write`); the conversation has read untrusted content',
    );
    expect(decide({ effectClass: 'read' }).explanation).toContain('permits it');
    expect(decide({ tenant: 'none' }).explanation).toContain('could not be evaluated');
  });

  it('say for whom, by the name that people here know and the one of the provider', async () => {
    await adoptAll();
    const person = { subject: '00u1', issuer: 'https://idp', groups: [], name: 'ann@corp' };
    const toldOf = (user: string, name: string) =>
      decide({ user, person: { ...person, subject: user, name } }).explanation;
    expect(toldOf('00u1', 'ann@corp')).toContain('`bot`, for `ann@corp` (`00u1`), wants to call');
    expect(toldOf('ann@corp', 'ann@corp')).toContain('`bot`, for `ann@corp`, wants to call');
    expect(toldOf('x`, y', 'ann@corp')).toContain('(`x\\u{60}, y`), wants');
    const input = decisionInput({ user: '00u1', person });
    const lines = explainDecision(gate.decide(input, fine), input);
    expect(lines).toContain('user         ann@corp (00u1)');
  });

  it('say line by line what led to the answer [POL-07]', async () => {
    await adoptAll();
    const input = decisionInput({ labels: ['integrity:untrusted'] });
    const lines = explainDecision(gate.decide(input, fine), input);
    expect(lines.slice(0, 4)).toEqual([
      'decision     approve',
      'class        untrusted-content+write',
      expect.stringContaining('why          `bot` wants'),
      'rules        builtin/untrusted-raises, builtin/write',
    ]);
    expect(lines.join('\n')).toContain('integrity:untrusted');
  });
});

const anyText = fc.string({ maxLength: 20 });
const anyQuestions = fc.record({
  mayCallTool: fc.boolean(),
  insideEnvelope: fc.boolean(),
  crossesSensitivity: fc.boolean(),
});
const anyInput: fc.Arbitrary<DecisionInput> = fc.record({
  tenant: anyText,
  agent: anyText,
  instance: anyText,
  user: fc.option(anyText, { nil: undefined }),
  binding: anyText,
  target: fc.record({
    kind: fc.constantFrom(...targetKinds),
    owner: anyText,
    name: fc.option(anyText, { nil: undefined }),
  }),
  targetDigest: anyText,
  effectClass: fc.oneof(fc.constantFrom('read', 'write', 'delete'), anyText),
  reversible: fc.boolean(),
  sensitivity: anyText,
  arguments: fc.constantFrom({}, { amount: 1 }, { amount: null }),
  labels: fc.subarray(['integrity:untrusted', 'confidentiality:secret'] as const),
  environment: anyText,
  time: fc.integer({ min: 0, max: 2_000_000_000_000 }),
});

const width: Readonly<Record<Effect, number>> = { deny: 0, approve: 1, allow: 2 };

describe('what must never happen', () => {
  const anyRule: fc.Arbitrary<AppliedRule> = fc.record({
    id: fc.string({ minLength: 1, maxLength: 3 }),
    effect: fc.constantFrom('permit' as const, 'forbid' as const),
    approvalClass: fc.constantFrom(undefined, 'write', 'finance'),
    untrusted: fc.constantFrom(undefined, 'allow' as const, 'ask' as const),
  });
  const anyRules = fc.array(anyRule, { maxLength: 6 });

  async function widthOf(
    rules: readonly AppliedRule[],
    input: DecisionInput,
    questions: ThreeQuestions,
  ): Promise<number> {
    const plane = await engineOf(() => rules);
    return width[plane.decide({ ...input, tenant: 'main' }, questions).effect];
  }

  it('no forbid, plain or not, ever widens an answer [POL-01]', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyRules,
        anyRule,
        anyInput,
        anyQuestions,
        async (rules, extra, input, questions) => {
          const more = [...rules, { ...extra, effect: 'forbid' as const }];
          return (
            (await widthOf(more, input, questions)) <= (await widthOf(rules, input, questions))
          );
        },
      ),
    );
    expect(await widthOf([], decisionInput(), fine)).toBe(0);
  });

  it('no question to a human ever lifts a plain forbid [POL-02]', async () => {
    await fc.assert(
      fc.asyncProperty(anyRules, anyInput, anyQuestions, async (rules, input, questions) => {
        const forbid = { id: 'no', effect: 'forbid' as const, approvalClass: undefined };
        return (await widthOf([...rules, forbid], input, questions)) === 0;
      }),
    );
    expect(width.deny).toBe(0);
  });

  it('rights are at most the intersection of policy, manifest, envelope and sensitivity [POL-14, POL-16]', async () => {
    await fc.assert(
      fc.asyncProperty(anyRules, anyInput, anyQuestions, async (rules, input, questions) => {
        const got = await widthOf(rules, input, questions);
        const inside =
          questions.mayCallTool && questions.insideEnvelope && !questions.crossesSensitivity;
        const permitted = rules.some(({ effect }) => effect === 'permit');
        return got === 0 || (inside && permitted && got <= (await widthOf(rules, input, fine)));
      }),
    );
    expect(width.allow).toBe(2);
  });

  it('no added label ever widens an answer', async () => {
    await fc.assert(
      fc.asyncProperty(anyRules, anyInput, anyQuestions, async (rules, input, questions) => {
        const labelled = { ...input, labels: ['integrity:untrusted' as const] };
        const clean = { ...input, labels: [] };
        const clear = await widthOf(rules, clean, questions);
        return (await widthOf(rules, labelled, questions)) <= clear;
      }),
    );
    expect(width.approve).toBe(1);
  });

  it('an approval always names a class and at least one rule [POL-04]', async () => {
    await fc.assert(
      fc.asyncProperty(anyRules, anyInput, async (rules, input) => {
        const plane = await engineOf(() => rules);
        const decision = plane.decide({ ...input, tenant: 'main' }, fine);
        if (decision.effect !== 'approve') return decision.approvalClass === undefined;
        return (decision.approvalClass ?? '') !== '' && decision.rules.length > 0;
      }),
    );
    expect(gateRules.untrustedRaises).toBe('builtin/untrusted-raises');
  });

  it('no added Cedar forbid ever widens an answer, by the real engine [POL-01]', async () => {
    const texts = [
      'permit(principal, action, resource)',
      'permit(principal, action, resource) when { resource.effect == "read" }',
      'permit(principal, action in Action::"call", resource) when { context.environment == "a" }',
      'forbid(principal, action, resource) when { context.labels.contains("integrity:untrusted") }',
      'forbid(principal, action, resource) unless { resource.effect == "read" }',
      'forbid(principal, action, resource) when { context.time * 9007199254740991 > 5 }',
    ];
    const cedarRule = fc
      .record({ text: fc.constantFrom(...texts), asks: fc.boolean() })
      .map(({ text, asks }) => `${asks ? '@approval("x") ' : ''}${text};`);
    const forbid = cedarRule.filter((text) => text.includes('forbid('));
    const engine = createInlineEngine();
    const widthUnder = async (rules: readonly string[], input: DecisionInput) => {
      const real = await planeOf(engine);
      const cedar = rules.map((text, index) => `@id("r${index}") ${text}`).join('\n');
      expect(await real.adopt(snapshot({ main: [{ name: 'builtin', cedar }] }))).toEqual([]);
      return width[real.decide({ ...input, tenant: 'main' }, fine).effect];
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(cedarRule, { maxLength: 5 }),
        forbid,
        anyInput,
        async (rules, extra, input) => {
          const without = await widthUnder(rules, input);
          return (await widthUnder([...rules, extra], input)) <= without;
        },
      ),
      { numRuns: 100 },
    );
  });
});
