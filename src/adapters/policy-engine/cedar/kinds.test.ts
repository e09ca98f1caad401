import { describe, expect, it } from 'vitest';
import { createComparedEngine } from '../../../../test/fakes/compared-engine.ts';
import { decisionInput, refundTool } from '#contracts/policy-engine.suite.ts';
import type { NamedTarget } from '#contracts/policy-engine.ts';
import type { Target } from '#kernel/target.ts';

const model: Target = { kind: 'model', owner: 'openai', name: 'gpt-5' };
const handbook: Target = { kind: 'resource', owner: 'files', name: 'file:///docs/handbook.md' };
const host: Target = { kind: 'host', owner: 'billing', name: undefined };

function load(cedar: string, ...others: readonly NamedTarget[]) {
  const policies = [{ name: 'p', cedar }];
  const targets = [refundTool, ...others];
  return createComparedEngine().load({ tenant: 'main', policies, targets });
}

function loaded(cedar: string) {
  const answer = load(cedar);
  if (answer.kind === 'invalid') throw new Error(JSON.stringify(answer.problems, null, 1));
  return answer;
}

function applied(cedar: string, target: Target): readonly string[] {
  const { policies } = loaded(cedar);
  const evaluation = policies.evaluate(decisionInput({ target, arguments: {} }));
  expect(evaluation.errors).toEqual([]);
  return evaluation.applied.map(({ id }) => id);
}

function problems(cedar: string): readonly string[] {
  const answer = load(cedar);
  return answer.kind === 'invalid' ? answer.problems.map(({ message }) => message) : [];
}

describe('rules about targets of every kind', () => {
  it('cover all of them when they name none [POL-02]', () => {
    const rule = '@id("r") permit(principal, action in Action::"call", resource);';
    for (const target of [model, handbook, host]) expect(applied(rule, target)).toEqual(['r']);
  });

  it('cover one kind when they say so', () => {
    const rule = '@id("r") permit(principal, action, resource is Model);';
    expect(applied(rule, model)).toEqual(['r']);
    expect(applied(rule, handbook)).toEqual([]);
    const tools = '@id("r") permit(principal, action, resource) when { resource is Tool };';
    expect(applied(tools, model)).toEqual([]);
  });

  it('cover one target by its resource', () => {
    const rule =
      '@id("r") permit(principal, action, resource == Resource::"resource:files/file:///docs/handbook.md");';
    expect(applied(rule, handbook)).toEqual(['r']);
    expect(applied(rule, { ...handbook, name: 'file:///docs/handbook.md/' })).toEqual([]);
    expect(applied(rule, { ...handbook, kind: 'prompt' })).toEqual([]);
  });

  it('read the owner of each, and the server only of what a tool server has', () => {
    const ownedBy = (owner: string) =>
      `@id("r") permit(principal, action, resource) when { resource.owner == "${owner}" };`;
    expect(applied(ownedBy('openai'), model)).toEqual(['r']);
    expect(applied(ownedBy('files'), handbook)).toEqual(['r']);
    // A document from before there were other kinds: it is about tool servers, not about a host of the same name.
    const ofServer = (server: string) =>
      `@id("r") permit(principal, action, resource) when { resource.server == "${server}" };`;
    expect(applied(ofServer('files'), handbook)).toEqual(['r']);
    expect(applied(ofServer('billing'), host)).toEqual([]);
    expect(applied(ofServer('openai'), model)).toEqual([]);
  });

  it('are validated strictly against every kind', () => {
    expect(
      problems('@id("r") forbid(principal, action, resource) when { resource.modle == "x" };'),
    ).toEqual(['attribute `modle` of `resource` not found; did you mean `owner`?']);
    expect(problems('@id("r") forbid(principal, action, resource is Modle);')).not.toEqual([]);
    expect(
      problems(
        '@id("r") forbid(principal, action == Action::"billing/create_refund", resource is Model);',
      )[0],
    ).toContain('impossible');
  });

  it.each([
    ['an action with a kind that is none', 'action == Action::"modle:openai/gpt-5", resource'],
    ['a tool with its kind', 'action == Action::"tool:billing/create_refund", resource'],
    ['a model without its kind', 'action, resource == Model::"openai/gpt-5"'],
    ['a model that is called a prompt', 'action, resource == Model::"prompt:openai/gpt-5"'],
  ])('do not load when they name %s, for such a guard would never fire', (_what, scope) => {
    expect(problems(`@id("r") forbid(principal, ${scope});`)).not.toEqual([]);
  });

  it('that name what is not there yet wait for it, and its calls are denied until then', () => {
    const rule = `@id("r") permit(principal, action == Action::"model:openai/gpt-5", resource);
@id("all") permit(principal, action, resource);`;
    const answer = loaded(rule);
    expect(answer.warnings?.map(({ message }) => message)).toEqual([
      'rule `r` waits: `model:openai/gpt-5` is not configured, so every call of it is denied',
    ]);
    const { applied: none, errors } = answer.policies.evaluate(decisionInput({ target: model }));
    expect(none).toEqual([]);
    expect(errors).toEqual(['the model was not configured yet when the policies were loaded']);
    expect(answer.policies.evaluate(decisionInput({ target: handbook })).errors).toEqual([]);
  });

  it('need no schema to name a model that is configured, and read no content of it', () => {
    const rule = '@id("r") permit(principal, action == Action::"model:openai/gpt-5", resource);';
    const named: NamedTarget = { target: model, digest: 'd1' };
    const answer = load(rule, named);
    if (answer.kind === 'invalid') throw new Error(JSON.stringify(answer.problems));
    expect(answer.warnings).toEqual([]);
    const ask = { target: model, arguments: { messages: [{ deep: ['anything'] }] } };
    expect(answer.policies.evaluate(decisionInput(ask))).toMatchObject({ errors: [] });
    expect(answer.policies.evaluate(decisionInput(ask)).applied.map(({ id }) => id)).toEqual(['r']);
    const other = answer.policies.evaluate(decisionInput({ ...ask, targetDigest: 'd2' }));
    expect(other.errors).toEqual(['the model was configured anew after the policies were loaded']);
    const reads = rule.replace(';', ' when { context.input has messages };');
    expect(load(reads, named).kind).toBe('invalid');
  });

  it('read the content of what has a schema, typed', () => {
    const input = { type: 'object', properties: { max_tokens: { type: 'integer' } } };
    const rule =
      '@id("r") permit(principal, action == Action::"model:openai/gpt-5", resource) when { context.input has max_tokens && context.input.max_tokens < 100 };';
    const answer = load(rule, { target: model, digest: 'd1', input });
    if (answer.kind === 'invalid') throw new Error(JSON.stringify(answer.problems));
    const applied = (max_tokens: number) =>
      answer.policies.evaluate(decisionInput({ target: model, arguments: { max_tokens } })).applied;
    expect(applied(99)).toHaveLength(1);
    expect(applied(100)).toHaveLength(0);
  });

  it('name any of what an owner has of a kind when nothing of it is pinned', () => {
    const rule =
      '@id("r") forbid(principal, action == Action::"resource:files/file:///docs/handbook.md", resource);';
    const whole: NamedTarget = { target: { ...handbook, name: undefined }, digest: 'd1' };
    const answer = load(rule, whole);
    if (answer.kind === 'invalid') throw new Error(JSON.stringify(answer.problems));
    expect(answer.warnings).toEqual([]);
    const idsOf = (target: Target) =>
      answer.policies
        .evaluate(decisionInput({ target, arguments: {} }))
        .applied.map(({ id }) => id);
    expect(idsOf(handbook)).toEqual(['r']);
    expect(idsOf({ ...handbook, owner: 'wiki' })).toEqual([]);
    const elsewhere = { ...whole, target: { ...whole.target, owner: 'wiki' } };
    expect(load(rule, elsewhere).kind).toBe('loaded');
    expect(load(rule, elsewhere)).toMatchObject({ warnings: [{ policy: 'p' }] });
  });

  it('may take the raise by untrusted content away from what they name one by one', () => {
    const rule = (action: string) =>
      `@id("r") @untrusted("allow") permit(principal, action == Action::"${action}", resource);`;
    expect(loaded(rule('model:openai/gpt-5')).warnings).toHaveLength(1);
    expect(problems(rule('gpt-5'))[0]).toContain('one by one');
  });

  it('are no answer for what no target can be', () => {
    const { policies } = loaded('@id("all") permit(principal, action, resource);');
    for (const owner of ['a/b', 'model:a', 'a b', '']) {
      const target: Target = { kind: 'tool', owner, name: 'c' };
      expect(policies.evaluate(decisionInput({ target }))).toEqual({
        applied: [],
        errors: ['this is the name of no target'],
      });
    }
  });
});

describe('a rule about what its owner says that it does not have', () => {
  const listed = { target: model, digest: 'd', isOneOfAll: true } as const;
  const about = (name: string) =>
    `\n@id("r") permit(principal, action == Action::"${name}", resource);`;

  it('is a problem at its line, with what was meant', () => {
    const answer = load(about('model:openai/gpt-6'), listed);
    expect(answer).toMatchObject({
      kind: 'invalid',
      problems: [
        {
          policy: 'p',
          line: 2,
          message:
            'rule `r`: `openai` has no `model:openai/gpt-6`; did you mean `model:openai/gpt-5`?',
        },
      ],
    });
  });

  it('waits where the owner lists nothing, or is not there: a tool may be pinned later', () => {
    expect(load(about('model:openai/gpt-5'), listed).kind).toBe('loaded');
    expect(load(about('model:other/gpt-6'), listed).kind).toBe('loaded');
    expect(load(about('billing/create_refunt'), listed).kind).toBe('loaded');
  });
});
