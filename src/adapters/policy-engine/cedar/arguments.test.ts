import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createComparedEngine } from '../../../../test/fakes/compared-engine.ts';
import { decisionInput } from '#contracts/policy-engine.suite.ts';
import type { NamedTarget, PolicyProblem } from '#contracts/policy-engine.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { toolTarget } from '#kernel/tool.ts';
import { compileSchema } from '#planes/tools/schema/index.ts';
import { inputShape } from './input-shape.ts';
import { createCedarRuntime } from './runtime.ts';
import { jsonValues } from './json-values.ts';
import { cedarSchema } from './schema.ts';
import { cedarRecord, workOfOneCall } from './value.ts';

const action = 'Action::"cal/create_event"';

const event = toolTarget({ server: 'cal', tool: 'create_event' });

function toolWith(input: JsonObject): NamedTarget {
  return { target: event, digest: 'd1', input };
}

const engine = createComparedEngine();

function load(cedar: string, inputSchema: JsonObject) {
  const set = {
    tenant: 'main',
    policies: [{ name: 'p', cedar }],
    targets: [toolWith(inputSchema)],
  };
  return engine.load(set);
}

function problemsOf(condition: string, inputSchema: JsonObject): readonly PolicyProblem[] {
  const cedar = `@id("r") forbid(principal, action == ${action}, resource) ${condition};`;
  const answer = load(cedar, inputSchema);
  return answer.kind === 'invalid' ? answer.problems : [];
}

function judge(cedar: string, inputSchema: JsonObject, args: JsonObject) {
  const answer = load(cedar, inputSchema);
  if (answer.kind === 'invalid') throw new Error(JSON.stringify(answer.problems, null, 1));
  const { applied, errors } = answer.policies.evaluate(
    decisionInput({ target: event, arguments: args }),
  );
  return { applied: applied.map(({ id }) => id), errors };
}

const strings = { type: 'array', items: { type: 'string' } };
const person = { type: 'object', properties: { mail: { type: 'string' } }, required: ['mail'] };

/** As Python and TypeScript servers write optional arguments; and a value for each. */
const forms: readonly (readonly [string, JsonObject, Json])[] = [
  ['a nullable list', { anyOf: [strings, { type: 'null' }], default: null }, ['a']],
  ['a nullable text', { anyOf: [{ type: 'string' }, { type: 'null' }] }, 'a'],
  ['a nullable text by oneOf', { oneOf: [{ type: 'null' }, { type: 'string' }] }, 'a'],
  ['a nullable text by a list of types', { type: ['string', 'null'] }, 'a'],
  [
    'nullable items',
    { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'null' }] } },
    [],
  ],
  ['a reference', { $ref: '#/$defs/person' }, { mail: 'a' }],
  [
    'a nullable reference',
    { anyOf: [{ $ref: '#/$defs/person' }, { type: 'null' }] },
    { mail: 'a' },
  ],
  ['a reference by allOf', { allOf: [{ $ref: '#/$defs/person' }], title: 'P' }, { mail: 'a' }],
  ['a reference that leads in a circle', { $ref: '#/$defs/circle' }, 'a'],
  ['a reference to a tree', { $ref: '#/$defs/tree' }, { left: { left: {} } }],
  ['a list of references', { type: 'array', items: { $ref: '#/$defs/person' } }, [{ mail: 'a' }]],
  ['a nullable enum', { anyOf: [{ $ref: '#/$defs/role' }, { type: 'null' }] }, 'reader'],
  ['an enum with null', { enum: ['a', null] }, 'a'],
  ['an enum without a type', { enum: ['reader', 'writer'] }, 'reader'],
  ['a constant', { const: 7 }, 7],
  ['a union of types', { type: ['string', 'integer'] }, 1],
  [
    'a union of objects',
    { oneOf: [person, { type: 'object', properties: { id: {} } }] },
    { id: 1 },
  ],
  ['a map', { type: 'object', additionalProperties: { type: 'string' } }, { any: 'a' }],
  ['an object of anything', { type: 'object' }, { any: 1 }],
  ['a tuple', { type: 'array', prefixItems: [{ type: 'string' }] }, ['a']],
  ['anything', {}, { any: [1] }],
  ['anything, said plainly', true as unknown as JsonObject, 1],
];

function optional(participants: Json): JsonObject {
  return {
    type: 'object',
    properties: { title: { type: 'string' }, participants },
    required: ['title'],
    $defs: {
      person,
      role: { enum: ['reader', 'writer'], type: 'string' },
      circle: { $ref: '#/$defs/circle' },
      tree: { type: 'object', properties: { left: { $ref: '#/$defs/tree' } } },
    },
  };
}

describe('an optional argument, however its server writes it', () => {
  it.each(forms)('%s is visible to `has`, and null is absent [POL-16]', (_name, form, value) => {
    const schema = optional(form);
    const guard = `@id("guard") forbid(principal, action == ${action}, resource) unless { context.input has participants };`;
    const fires = (args: JsonObject) => judge(guard, schema, { title: 't', ...args });
    expect(fires({})).toEqual({ applied: ['guard'], errors: [] });
    expect(fires({ participants: value })).toEqual({ applied: [], errors: [] });
    expect(fires({ participants: null })).toEqual({ applied: ['guard'], errors: [] });
  });

  it.each(forms)('%s under a misspelt name does not load', (_name, form) => {
    const schema = optional(form);
    for (const condition of [
      'unless { context.input has partcipants }',
      'when { context.input has partcipants }',
      'when { context.environment == "x" || context.input has partcipants }',
      'unless { context.input has partcipants && context.input.partcipants == "a" }',
    ]) {
      const messages = problemsOf(condition, schema).map(({ message }) => message);
      expect(messages.join()).toContain('did you mean `participants`');
    }
  });

  it('can be read once a rule has asked for it, by its own type', () => {
    const schema = optional({ anyOf: [strings, { type: 'null' }] });
    const guard = `@id("guard") forbid(principal, action == ${action}, resource) when { context.input has participants && context.input.participants.contains("eve") };`;
    const fires = (participants: Json) =>
      judge(guard, schema, { title: 't', participants }).applied.length === 1;
    expect([['eve'], ['bob'], [], null].map(fires)).toEqual([true, false, false, false]);
    expect(problemsOf('when { context.input.participants.contains("eve") }', schema)).not.toEqual(
      [],
    );
  });

  it('is read behind a reference and by the type that every part agrees on', () => {
    const schema = optional({ anyOf: [{ $ref: '#/$defs/person' }, { type: 'null' }] });
    const when = 'context.input has participants && context.input.participants.mail like "*@x"';
    const guard = `@id("guard") forbid(principal, action == ${action}, resource) when { ${when} };`;
    const fires = (mail: string) =>
      judge(guard, schema, { title: 't', participants: { mail } }).applied.length === 1;
    expect(['a@x', 'a@y'].map(fires)).toEqual([true, false]);
    expect(problemsOf('when { context.input has participants.mai }', schema)[0]?.message).toBe(
      '`context.input.participants` has no `mai`; did you mean `mail`?',
    );
  });

  it('named in a branch alone is there too', () => {
    const schema = {
      type: 'object',
      properties: { title: { type: 'string' } },
      anyOf: [{ properties: { cc: { type: 'string' } } }, { required: ['bcc'] }],
      if: { properties: { bcc: { type: 'string' } } },
    };
    const guard = `@id("guard") forbid(principal, action == ${action}, resource) unless { context.input has cc && context.input has bcc };`;
    expect(judge(guard, schema, { cc: 'a', bcc: 'b' }).applied).toEqual([]);
    expect(judge(guard, schema, { cc: 'a' }).applied).toEqual(['guard']);
  });
});

describe('an argument without a type', () => {
  const schema = optional({ type: ['string', 'integer'] });
  const other = { ...schema, properties: { ...(schema['properties'] as JsonObject), b: {} } };

  it.each([
    'context.input has participants && context.input.participants == "a"',
    'context.input has participants && context.input.participants == 1',
    'context.input has participants && context.input.participants == Untyped::"present"',
    'context.input has participants && context.input.participants is Untyped',
    'context.input has participants && context.input.participants in principal',
    'context.input has participants && context.input.participants == context.input.participants',
    'context.input has participants && context.input has b && context.input.participants == context.input.b',
    'context.input has participants && [context.input.participants].contains(context.input.participants)',
    'context.input has participants && context.input.participants has mail',
    'context.input has participants.mail',
    'context.input has participants && context.input.participants.mail == "a"',
    'context.input has participants && context.input.participants like "*"',
    'context.input has participants && context.input.participants.hasTag("a")',
    'context.input == {title: "a"}',
    'context.input == {title: "a", participants: Untyped::"present"}',
    'context == context',
    '(if true then context.input else context.input) has participants',
    '{a: context.input}.a has participants',
    'principal == Untyped::"present"',
    'principal is Untyped',
  ])('lets no rule read it: %s', (condition) => {
    expect(problemsOf(`when { ${condition} }`, other)).not.toEqual([]);
  });
});

describe('a name that a call does not have', () => {
  const schema = optional({ type: 'string' });

  it.each([
    ['context has envirnoment', '`context` has no `envirnoment`; did you mean `environment`?'],
    ['resource has sever', '`resource` has no `sever`; did you mean `server`?'],
    ['principal has team', '`principal` has no `team`'],
    ['context has input.titel', '`context.input` has no `titel`; did you mean `title`?'],
    ['context.input has x', '`context.input` has no `x`'],
  ])('does not load: %s', (condition, message) => {
    const found = problemsOf(`when { ${condition} }`, schema);
    expect(found).toContainEqual({ policy: 'p', message, line: 1, column: 1 });
  });

  it('may belong to one of several tools that a rule is about', () => {
    const rule = `@id("r") permit(principal, action, resource) when { context has input && context.input has participants };
@id("t") permit(principal, action == ${action}, resource);`;
    expect(judge(rule, schema, { title: 't', participants: 'a' }).applied).toEqual(['r', 't']);
  });
});

describe('what the schema does not name', () => {
  const schema = {
    type: 'object',
    properties: { who: person, meta: person, amount: { type: 'integer' } },
  };
  const rule = `@id("r") permit(principal, action == ${action}, resource) when { context.input has who && context.input.who.mail == "a" };`;

  it('is an error where a rule reads, and passes where none does [POL-01]', () => {
    expect(judge(rule, schema, { who: { mail: 'a' } }).applied).toEqual(['r']);
    for (const args of [{ who: { mail: 'a', bcc: 'eve' } }, { who: { mail: 'a' }, bcc: 'eve' }]) {
      const { applied, errors } = judge(rule, schema, args);
      expect({ applied, errors: errors.length }).toEqual({ applied: [], errors: 1 });
      expect(errors.join()).not.toContain('eve');
    }
    expect(judge(rule, schema, { who: { mail: 'a' }, meta: { mail: 'b', x: 1 } }).errors).toEqual(
      [],
    );
  });
});

// Random schemas of these forms, and arguments that fit them.

interface Form {
  readonly schema: Json;
  readonly value: Json;
}

const text = fc.string({ unit: 'grapheme', maxLength: 6 });
const names = ['cc', 'bcc', 'participants', 'permission', 'when'];

function primitive(): fc.Arbitrary<Form> {
  const decimals = fc.integer({ min: -99_999, max: 99_999 }).map((n) => n / 100);
  return fc.oneof(
    text.map((value) => ({ schema: { type: 'string' }, value })),
    fc.integer().map((value) => ({ schema: { type: 'integer' }, value })),
    decimals.map((value) => ({ schema: { type: 'number' }, value })),
    fc.boolean().map((value) => ({ schema: { type: 'boolean' }, value })),
    text.map((value) => ({ schema: { enum: [value, 'other'] }, value })),
    text.map((value) => ({ schema: { const: value }, value })),
  );
}

const { form } = fc.letrec<{ form: Form; base: Form; object: Form }>((tie) => ({
  base: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'form' },
    primitive(),
    fc.array(text, { maxLength: 4 }).map((value) => ({ schema: strings, value })),
    fc.constant({ schema: { type: ['string', 'integer'] }, value: 3 }),
    fc.jsonValue({ maxDepth: 1 }).map((value) => ({ schema: {}, value: value as Json })),
    fc.array(fc.constant({ mail: 'a' }), { maxLength: 2 }).map((value) => ({
      schema: { type: 'array', items: person },
      value,
    })),
    tie('object'),
  ),
  object: fc
    .dictionary(fc.constantFrom(...names), tie('form'), { maxKeys: 3 })
    .chain((members) => fc.tuple(fc.constant(members), fc.subarray(Object.keys(members))))
    .map(([members, given]) => ({
      schema: {
        type: 'object',
        properties: mapped(members, ({ schema }) => schema),
        required: given,
      },
      value: Object.fromEntries(given.map((name) => [name, members[name]?.value ?? null])),
    })),
  form: fc
    .tuple(tie('base'), fc.nat(6), fc.boolean())
    .map(([{ schema, value }, wrap, none]): Form => {
      const nullable = { type: 'null' };
      switch (wrap) {
        case 1:
          return { schema: { anyOf: [schema, nullable] }, value: none ? null : value };
        case 2:
          return { schema: { oneOf: [nullable, schema] }, value: none ? null : value };
        case 3:
          return { schema: { allOf: [schema] }, value };
        case 4:
          return { schema: { referred: schema }, value };
        case 5:
          return {
            schema: { anyOf: [{ referred: schema }, nullable] },
            value: none ? null : value,
          };
        default:
          return { schema, value };
      }
    }),
}));

function mapped<From, To>(of: Readonly<Record<string, From>>, to: (from: From) => To) {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, to(value)]));
}

/** Puts every `referred` schema into `$defs`, and a reference in its place. */
function referring(schema: Json, defs: Record<string, Json>): Json {
  if (Array.isArray(schema)) return schema.map((item: Json) => referring(item, defs));
  if (typeof schema !== 'object' || schema === null) return schema;
  if ('referred' in schema) {
    const name = `d${Object.keys(defs).length}/~`;
    defs[name] = null;
    defs[name] = referring(schema['referred'] ?? {}, defs);
    return { $ref: `#/$defs/${name.replace('~', '~0').replace('/', '~1')}` };
  }
  return mapped(schema as JsonObject, (below) => referring(below, defs));
}

const anyTool = fc
  .dictionary(fc.constantFrom(...names), form, { minKeys: 1, maxKeys: 4 })
  .chain((members) => fc.tuple(fc.constant(members), fc.subarray(Object.keys(members))))
  .map(([members, given]) => {
    const defs: Record<string, Json> = {};
    const properties = mapped(members, ({ schema }) => referring(schema, defs));
    const args = Object.fromEntries(given.map((name) => [name, members[name]?.value ?? null]));
    return { schema: { type: 'object', properties, $defs: defs, required: given }, args };
  });

/** A value as the engine got it, turned back; what has no type counts as the same. */
function sameAs(cedar: unknown, value: Json): boolean {
  if (typeof cedar !== 'object' || cedar === null) return Object.is(cedar, value);
  if ('__entity' in cedar) return value !== null;
  if ('__extn' in cedar) return Number((Object.values(cedar)[0] as { arg: string }).arg) === value;
  if (Array.isArray(cedar)) {
    return canonicalText(cedar as Json) === canonicalText(value);
  }
  const given = Object.entries(value as JsonObject).filter(([, member]) => member !== null);
  const got = cedar as Record<string, unknown>;
  return (
    Object.keys(got).length === given.length &&
    given.every(([key, member]) => sameAs(got[key], member))
  );
}

describe('random schemas and arguments that fit them', () => {
  const fits = ({ schema, args }: { schema: JsonObject; args: JsonObject }) => {
    const compiled = compileSchema(schema, { unnamed: 'refuse' });
    return compiled.kind === 'compiled' && compiled.validate(args).kind === 'valid';
  };

  it('`has` says exactly which arguments are there and not null [POL-16]', () => {
    let seen = 0;
    fc.assert(
      fc.property(anyTool, ({ schema, args }) => {
        fc.pre(fits({ schema, args }));
        const named = Object.keys(schema.properties);
        const rules = named.map(
          (name) =>
            `@id("${name}") permit(principal, action == ${action}, resource) when { context.input has ${name} };`,
        );
        const { applied, errors } = judge(rules.join('\n'), schema, args);
        expect(errors).toEqual([]);
        expect(applied).toEqual(named.filter((name) => (args[name] ?? null) !== null).sort());
        seen += 1;
      }),
      { numRuns: 150 },
    );
    expect(seen).toBeGreaterThan(50);
  });

  it('every value reaches the engine whole, and of the type that rules were judged by [POL-01]', () => {
    const runtime = createCedarRuntime();
    fc.assert(
      fc.property(anyTool, ({ schema, args }) => {
        fc.pre(fits({ schema, args }));
        const shape = inputShape(schema);
        const wanted = { shape, reads: 'all', work: workOfOneCall(), make: jsonValues } as const;
        const input = cedarRecord(wanted, args, 'input');
        expect(sameAs(input, args)).toBe(true);
        const answer = runtime.run((cedar) =>
          cedar.isAuthorized({
            principal: { type: 'Agent', id: 'bot' },
            action: { type: 'Action', id: 'cal/create_event' },
            resource: { type: 'Tool', id: 't' },
            context: { input, labels: [], binding: '', environment: '', effect: '', time: 0 },
            schema: cedarSchema(new Map([['cal/create_event', shape]]), new Set()),
            validateRequest: true,
            policies: { staticPolicies: 'permit(principal, action, resource);' },
            entities: [],
          }),
        );
        expect(answer).toMatchObject({ type: 'success', response: { decision: 'allow' } });
      }),
      { numRuns: 150 },
    );
    expect(runtime.generation).toBe(0);
  });
});
