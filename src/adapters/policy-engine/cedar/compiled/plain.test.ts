import { describe, expect, it } from 'vitest';
import {
  buildAtOnce,
  entitiesFromJson,
  EntityUid,
  NoCedarValue,
  type PlainRule,
  plainRule,
  recordOf,
  uidOf,
  valueOf,
} from './index.ts';

const anybody = { op: 'All' };
const text = (value: unknown) => ({ Value: value });

function rule(body: unknown, others: Readonly<Record<string, unknown>> = {}): unknown {
  return {
    effect: 'permit',
    principal: anybody,
    action: anybody,
    resource: anybody,
    conditions: [{ kind: 'when', body }],
    ...others,
  };
}

function whyNot(est: unknown): string {
  const plain = plainRule('rule', est);
  return plain.kind === 'falls-back' ? plain.why : 'compiled';
}

function compiled(est: unknown): PlainRule {
  const plain = plainRule('rule', est);
  if (plain.kind === 'falls-back') throw new Error(plain.why);
  return plain.plain;
}

function answer(plain: PlainRule, context = {}): 'true' | 'false' | 'error' {
  const { satisfied, errors } = buildAtOnce([plain]).evaluate({
    principal: new EntityUid('User', 'ann'),
    action: new EntityUid('Action', 'read'),
    resource: new EntityUid('File', 'f'),
    context: recordOf(context),
    entities: entitiesFromJson([]),
  });
  if (errors.length > 0) return 'error';
  return satisfied.length > 0 ? 'true' : 'false';
}

function nested(levels: number): unknown {
  let body: unknown = text(true);
  for (let level = 0; level < levels; level += 1)
    body = { '!': { arg: { '==': { left: body, right: { Var: 'context' } } } } };
  return body;
}

describe('a rule as plain data', () => {
  it('falls back by name where something of it is not known [POL-21]', () => {
    expect(whyNot(rule({ unknown: [text('x')] }))).toBe('`unknown` is not known');
    expect(whyNot(rule(text(9_007_199_254_740_992)))).toBe('a number is not known exactly');
    expect(whyNot(rule(text(1.5)))).toBe('a number is not known exactly');
    expect(whyNot(rule(text(2n ** 63n)))).toBe('a number is beyond 64 bits');
    expect(whyNot(rule(text('\ud800')))).toBe('text has half of a surrogate pair');
    expect(whyNot(rule(nested(200)))).toBe('an expression is nested too deep');
    expect(whyNot(rule({ Var: 'time' }))).toBe('a variable is not known');
    expect(whyNot(rule({ '!': { arg: text(true) }, neg: { arg: text(1) } }))).toBe(
      'an expression has another form than is known',
    );
    expect(whyNot(rule(text(true), { effect: 'allow' }))).toBe('an effect is not known');
    expect(whyNot(rule(text(true), { advice: [] }))).toBe('`advice` of a rule is not known');
    expect(whyNot(rule(text(true), { action: { op: 'is', entity_type: 'Action' } }))).toBe(
      'a constraint of the head is not known',
    );
    expect(whyNot(rule(text(true), { principal: { op: '!=' } }))).toBe(
      'a constraint of the head is not known',
    );
    expect(whyNot(rule(text(true), { conditions: [{ kind: 'while', body: text(true) }] }))).toBe(
      'a condition is neither `when` nor `unless`',
    );
    for (const broken of [
      undefined,
      null,
      1,
      'permit',
      [],
      rule(undefined),
      rule({ has: { left: { Var: 'context' }, attr: [] } }),
    ]) {
      expect(whyNot(broken)).not.toBe('compiled');
    }
  });

  it('is asked at the depth to which it is read, and a chain is no depth', () => {
    expect(answer(compiled(rule(nested(149))))).toBe('true');
    let chain: unknown = { '==': { left: { Var: 'context' }, right: { Record: {} } } };
    for (let part = 0; part < 5_000; part += 1)
      chain = {
        '&&': {
          left: chain,
          right: { '==': { left: { Var: 'principal' }, right: { Var: 'principal' } } },
        },
      };
    expect(answer(compiled(rule(chain)))).toBe('true');
  });

  it('goes over as JSON with every kind of value in it as it was', () => {
    const values = [
      true,
      -5,
      2n ** 63n - 1n,
      -(2n ** 63n),
      'é😀',
      { __entity: { type: 'User', id: '"' } },
      [1, [2n ** 62n], 'a'],
      JSON.parse('{"__proto__": {"constructor": 1}}'),
      { __extn: { fn: 'decimal', arg: '-922337203685477.5808' } },
      { __extn: { fn: 'ip', arg: 'ffff::1/7' } },
      { __extn: { fn: 'datetime', arg: '1969-12-31' } },
      { __extn: { fn: 'duration', arg: '-9223372036854775808ms' } },
    ] as readonly unknown[];
    for (const value of values) {
      const plain = compiled(
        rule({
          '==': { left: { '.': { left: { Var: 'context' }, attr: 'x' } }, right: text(value) },
        }),
      );
      const over = JSON.parse(JSON.stringify(structuredClone(plain))) as PlainRule;
      expect(over).toEqual(plain);
      expect(answer(over, { x: value })).toBe('true');
      expect(answer(over, { x: 'other' })).toBe('false');
    }
  });

  it('has what is certain worked out, and errors left where they stand', () => {
    const sum = { '+': { left: text(1), right: text(2) } };
    const plain = compiled(
      rule({ '==': { left: { '.': { left: { Var: 'context' }, attr: 'x' } }, right: sum } }),
    );
    expect(JSON.stringify(plain.condition)).toContain('"value":3');
    const broken = { decimal: [text('x')] };
    const equal = { '==': { left: broken, right: broken } };
    expect(
      answer(
        compiled(
          rule({
            '&&': {
              left: { '==': { left: { Var: 'principal' }, right: { Var: 'action' } } },
              right: equal,
            },
          }),
        ),
      ),
    ).toBe('false');
    expect(
      answer(
        compiled(
          rule({
            '&&': {
              left: { '==': { left: { Var: 'principal' }, right: { Var: 'principal' } } },
              right: equal,
            },
          }),
        ),
      ),
    ).toBe('error');
    expect(answer(compiled(rule({ '||': { left: text(true), right: equal } })))).toBe('true');
  });

  it('is built only by what knows all its functions, and once by its name', () => {
    const plain = compiled(rule({ decimal: [{ '.': { left: { Var: 'context' }, attr: 'x' } }] }));
    const other = JSON.parse(JSON.stringify(plain).replace('"decimal"', '"fraction"')) as PlainRule;
    expect(() => buildAtOnce([other])).toThrow('`fraction` is no function');
    expect(() => buildAtOnce([plain, plain])).toThrow('two rules have one id');
  });
});

describe('values from JSON', () => {
  it('are refused where Cedar has none, and where they are not known exactly', () => {
    const deep = Array.from({ length: 300 }).reduce<unknown>((inner) => [inner], 1);
    const broken: readonly unknown[] = [
      null,
      undefined,
      1.5,
      2 ** 53,
      Number.NaN,
      2n ** 63n,
      '\udc00',
      { '\ud800': 1 },
      { __expr: '1' },
      { __entity: 'User' },
      { __entity: { type: 'User', id: '\ud800' } },
      { __extn: { fn: 'decimal', arg: '1' } },
      { __extn: { fn: 'eval', arg: '1' } },
      { __extn: { fn: 'offset', args: [1] } },
      deep,
    ];
    for (const json of broken) expect(() => valueOf(json)).toThrow(NoCedarValue);
    expect(() => uidOf({ type: 'A"b', id: '' })).toThrow(NoCedarValue);
  });

  it('are a record where an escape has company, as Cedar reads it', () => {
    expect(valueOf({ __entity: { type: 'User', id: 'a' }, x: 1 })).toBeInstanceOf(Map);
    expect(valueOf({ __entity: { type: 'User', id: 'a' } })).toEqual(
      uidOf({ type: 'User', id: 'a' }),
    );
  });

  it('give entities that are above themselves, or stand twice, no place', () => {
    const [a, b] = [
      { type: 'G', id: 'a' },
      { type: 'G', id: 'b' },
    ];
    const circle = [
      { uid: a, attrs: {}, parents: [b] },
      { uid: b, attrs: {}, parents: [a] },
    ];
    expect(() => entitiesFromJson(circle)).toThrow('above itself');
    expect(() => entitiesFromJson([{ uid: a }, { uid: { __entity: a } }])).toThrow('stands twice');
    for (const broken of [{}, [1], [{ uid: a, parents: {} }], [{ uid: a, attrs: [] }]]) {
      expect(() => entitiesFromJson(broken)).toThrow(NoCedarValue);
    }
  });
});
