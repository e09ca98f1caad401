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

const cedar = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as typeof cedarWasm;

const principal = { type: 'User', id: 'ann' };
const action = { type: 'Action', id: 'read' };
const resource = { type: 'File', id: 'gone' };
const entities: cedarWasm.Entities = [
  {
    uid: principal,
    attrs: { age: 40, boss: { __entity: { type: 'User', id: 'eve' } } },
    parents: [{ type: 'Group', id: 'staff' }],
    tags: { place: 'Berlin' },
  },
  { uid: { type: 'Group', id: 'staff' }, attrs: {}, parents: [{ type: 'Group', id: 'all' }] },
  { uid: action, attrs: {}, parents: [{ type: 'Action', id: 'call' }] },
];

type Found = 'true' | 'false' | 'error';

function foundIn({ decision, errors }: { decision: string; errors: readonly unknown[] }): Found {
  if (errors.length > 0) return 'error';
  return decision === 'allow' ? 'true' : 'false';
}

/** What a condition comes to: by compiled rules, and the same by the reference engine. */
function found(condition: string, context: cedarWasm.Context = {}): Found {
  const text = `permit(principal, action, resource) when { ${condition} };`;
  const plain = plainRule('rule', exactForm(text));
  if (plain.kind === 'falls-back') throw new Error(plain.why);
  const rules = buildAtOnce([JSON.parse(JSON.stringify(plain.plain)) as PlainRule]);
  const compiled = authorize(rules, {
    principal: uidOf(principal),
    action: uidOf(action),
    resource: uidOf(resource),
    context: recordOf(context),
    entities: entitiesFromJson(entities),
  });
  const reference = cedar.isAuthorized({
    principal,
    action,
    resource,
    context,
    entities,
    policies: { staticPolicies: { rule: text } },
  });
  if (reference.type === 'failure') throw new Error(JSON.stringify(reference.errors));
  const { decision, diagnostics } = reference.response;
  expect(foundIn(compiled), condition).toBe(foundIn({ decision, errors: diagnostics.errors }));
  return foundIn(compiled);
}

function expectAll(wanted: Found, conditions: readonly string[], context = {}): void {
  for (const condition of conditions) expect(found(condition, context), condition).toBe(wanted);
}

const most = '9223372036854775807';
const least = '-9223372036854775808';

describe('compiled rules, as the reference engine', () => {
  it('keep longs to the last of 64 bits, and take what is beyond for an error [POL-21]', () => {
    expectAll(
      'true',
      [
        `${most} == 9223372036854775806 + 1`,
        `${least} == -${most} - 1`,
        `${least} < ${most} && ${most} > 9007199254740993`,
        '9007199254740993 != 9007199254740992',
        '9007199254740992 + context.one == 9007199254740993',
        '3037000499 * 3037000499 == 9223372030926249001',
        `context.one * ${least} == ${least}`,
        '[9007199254740993].contains(9007199254740992 + context.one)',
        '0 * -5 == 0 && -(0) == 0 && [0].contains(0 * -5)',
      ],
      { one: 1 },
    );
    expectAll(
      'error',
      [
        `${most} + context.one == 0`,
        `${least} - context.one == 0`,
        `-(${least} * context.one) == 0`,
        '3037000500 * (3037000500 * context.one) == 0',
      ],
      { one: 1 },
    );
  });

  it('count time of before 1970 by whole days downwards, and durations towards zero', () => {
    expectAll('true', [
      'datetime("1969-12-31T23:00:00Z").toDate() == datetime("1969-12-31")',
      'datetime("1969-12-31T23:00:00Z").toTime() == duration("23h")',
      'duration("-1ms").toSeconds() == 0 && duration("-1500ms").toSeconds() == -1',
      'datetime("0099-01-01") < datetime("1970-01-01")',
      'datetime("2024-01-01T01:30:00+0130") == datetime("2024-01-01")',
      'datetime("2023-12-31T22:59:59.999-0100") < datetime("2024-01-01")',
      'datetime("1970-01-01").offset(duration("-9223372036854775808ms")) < datetime("0000-01-01")',
    ]);
    expectAll('error', [
      'datetime("1970-01-01").offset(duration("-9223372036854775808ms")).toDate() == datetime("1970-01-01")',
      'datetime("2023-02-29") == datetime("2023-03-01")',
      'datetime("2024-01-01T23:59:60Z") == datetime("2024-01-02")',
      'duration("1h1d") == duration("25h")',
      'duration("106751991168d") == duration("1d")',
      'datetime("2024-01-01") < duration("1d")',
      'duration("1d") < datetime("2024-01-01")',
    ]);
  });

  it('keep the bits of an address below its prefix, and look at all of a range', () => {
    expectAll('true', [
      'ip("10.0.0.1/24") != ip("10.0.0.0/24") && ip("10.0.0.1/32") == ip("10.0.0.1")',
      'ip("10.0.0.1/24") != ip("10.0.0.1") && ip("::1") != ip("0.0.0.1")',
      'ip("10.0.0.1/24").isInRange(ip("10.0.0.77/24")) && !ip("10.0.0.0/23").isInRange(ip("10.0.0.0/24"))',
      'ip("127.0.0.0/8").isLoopback() && !ip("127.0.0.0/7").isLoopback() && !ip("::1/127").isLoopback()',
      '!ip("::1").isInRange(ip("0.0.0.0/0")) && ip("1:2:3:4:5:6:7::").isIpv6()',
      'ip("A::") == ip("a:0:0:0:0:0:0:0")',
    ]);
    expectAll(
      'error',
      [
        '1.2.3.04',
        '1.2.3.4/01',
        '1.2.3.4/33',
        '::ffff:1.2.3.4',
        '1::2::3',
        '1:2:3:4:5:6:7::8',
        '1.2.3',
        '::1%1',
        '',
      ].map((text) => `ip("${text}") == ip("1.2.3.4")`),
    );
  });

  it('read decimals with a sign before nothing, to four digits and no more', () => {
    expectAll('true', [
      'decimal("-0.5").lessThan(decimal("0.0")) && decimal("1.5") == decimal("1.5000")',
      'decimal("-922337203685477.5808").lessThan(decimal("922337203685477.5807"))',
    ]);
    expectAll(
      'error',
      ['1', '1.', '.5', '+1.0', '1.00000', '922337203685477.5808', '99999999999999999999.0'].map(
        (text) => `decimal("${text}") == decimal("1.0")`,
      ),
    );
    expect(found('decimal("1.0") < decimal("2.0")')).toBe('error');
  });

  it('match text by characters, each part in its place and none twice', () => {
    expectAll('true', [
      '"aXa" like "a*a" && !("a" like "a*a") && "aa" like "a*a"',
      '"a*b" like "a\\*b" && !("axb" like "a\\*b")',
      '"😀é" like "😀*" && !("\\u{1f601}" like "*\\u{1f600}*")',
      '"abcbc" like "a*bc" && "" like "*" && "" like "" && !("ab" like "")',
      '"xaybz" like "*a*b*" && !("xbyaz" like "*a*b*") && !("ab" like "*ab*b")',
    ]);
  });

  it('tell sets by what is in them, not by order or number', () => {
    expectAll(
      'true',
      [
        '[1, 2, 2] == [2, 1] && [[1, 2], [2, 1]] == [[1, 2]] && [{a: [1]}].contains({a: [1, 1]})',
        '[1, "1", true] != [1, true] && !["1"].contains(1) && ![true].contains("true")',
        '[].isEmpty() && [1].containsAll([]) && ![1].containsAny([]) && [] == context.none',
        '[["asb"], ["a", "b"]] != [["asb"]] && ![["as1:b"], ["asb"]].contains(["a", "b"]) && ![[["a"], "b"]].contains([["a", "b"]])',
        '[User::"a", User::"b"].contains(User::"b") && ![User::"a"].contains(Group::"a")',
        '[1,2,3,4,5,6,7,8,9,10].containsAll([10, 1, 1]) && [1,2,3,4,5,6,7,8,9,9] != [1,2,3,4,5,6,7,8,9,10]',
        '[decimal("1.0")].contains(decimal("1.00")) && [ip("::1")].contains(ip("::1/128"))',
      ],
      { none: [] },
    );
  });

  it('find an entity in itself, above through others, and nothing in what is no entity', () => {
    expectAll('true', [
      'principal in Group::"all" && action in Action::"call" && !(principal in User::"eve")',
      'resource in resource && User::"nobody" in [User::"nobody"] && !(principal in [])',
      'principal is User in Group::"staff" && !(principal is File in context.nothing)',
    ]);
    expectAll('error', [
      'principal in [principal, 1]',
      'principal in "Group"',
      '1 in principal',
      'principal is User in context.nothing',
      '"User" is User',
    ]);
  });

  it('know nothing of an entity that does not exist, and are errors where they must know', () => {
    expectAll('false', [
      'resource has name',
      'resource has name.first',
      'resource.hasTag("place")',
    ]);
    expectAll('error', [
      'resource.name == 1',
      'resource.getTag("place") == 1',
      'principal.boss.age == 1',
    ]);
    expectAll('true', [
      'principal has boss && !(principal has boss.age) && principal.hasTag("place")',
      'principal.getTag("place") == "Berlin"',
    ]);
    expectAll('error', [
      'principal has age.years',
      'principal.getTag("street") == 1',
      'principal.hasTag(1)',
    ]);
  });

  it('take a value of another type for unequal, and for an error wherever else', () => {
    expectAll('true', [
      '1 != "1" && "" != false && [] != {} && decimal("1.0") != 1 && principal != "User"',
      'datetime("1970-01-01") != duration("0ms")',
    ]);
    expectAll('error', [
      '1 && true',
      'true && 1',
      '1 || true',
      '!1',
      'if 1 then true else true',
      '1 < "2"',
      '-"1" == 1',
      '"a".contains("a")',
      '1 like "1"',
      '"a".isEmpty()',
    ]);
    expectAll('error', ['"text"', 'context']);
    expectAll('true', [
      'true || 1',
      'if true then true else 1',
      '!(false && 1)',
      '(true && false || true)',
    ]);
  });

  it('compare what is read as what it is, whatever JavaScript would make of it', () => {
    const context = { one: 1, text: '1', yes: true, none: '' };
    expectAll(
      'true',
      [
        'context.one != "1" && context.text != 1 && context.yes != 1 && context.none != false',
        'context.one <= context.one && !(context.one < context.one) && context.one >= context.one',
        'context.one == 1 && 1 == context.one && !(context.one > context.one)',
      ],
      context,
    );
    expectAll('false', ['context.one == "1"', 'context.text == 1', 'context.none == 0'], context);
    expectAll(
      'error',
      ['context.text < 2', 'context.yes >= 1', 'context.one < context.text'],
      context,
    );
  });

  it('know no names but those that are given, whatever JavaScript calls its own', () => {
    const context = JSON.parse(
      '{"__proto__": {"toString": 1}, "constructor": 2}',
    ) as cedarWasm.Context;
    expectAll(
      'true',
      [
        'context["__proto__"].toString == 1 && context.constructor == 2',
        '!(context has toString) && !(context has hasOwnProperty) && !({} has "__proto__")',
        '{"__proto__": 1} == {"__proto__": 1} && {"__proto__": 1} != {} && {"__proto__": 1} has "__proto__"',
      ],
      context,
    );
    expect(found('context.toString == 1', context)).toBe('error');
  });

  it('are an error of each rule that first asks for what is not there, however it is found', () => {
    expectAll('error', [
      'context.who == "ann"',
      '"ann" == context.who && false',
      'context.a.b == 1',
    ]);
    expectAll(
      'false',
      ['context.who == "bob"', 'context.who == 1', 'context.who == true && context.x'],
      { who: 'ann' },
    );
    expectAll(
      'true',
      ['context.who == "ann" && context.n == -9223372036854775807 + 9223372036854775807'],
      { who: 'ann', n: 0 },
    );
    expect(found('context.who == "ann" && context.x', { who: 'ann' })).toBe('error');
  });
});

describe('a template', () => {
  const text = 'permit(principal == ?principal, action, resource in ?resource);';
  const read = cedar.templateToJson(text);
  const json = read.type === 'success' ? read.json : undefined;

  it('is a rule once its slots are filled, as by the reference engine [POL-21]', () => {
    for (const [id, wanted] of [
      ['ann', 'allow'],
      ['eve', 'deny'],
    ] as const) {
      const values = { '?principal': { type: 'User', id }, '?resource': resource };
      const plain = plainRule('link', json, values);
      if (plain.kind === 'falls-back') throw new Error(plain.why);
      const { decision, reason } = authorize(buildAtOnce([plain.plain]), {
        principal: uidOf(principal),
        action: uidOf(action),
        resource: uidOf(resource),
        context: recordOf({}),
        entities: entitiesFromJson([]),
      });
      const reference = cedar.isAuthorized({
        principal,
        action,
        resource,
        context: {},
        entities: [],
        policies: {
          templates: { template: text },
          templateLinks: [{ templateId: 'template', newId: 'link', values }],
        },
      });
      expect(decision).toBe(wanted);
      expect(reference).toMatchObject({ response: { decision, diagnostics: { reason } } });
    }
  });

  it('falls back while a slot is empty', () => {
    const why = 'nothing fills the slot `?principal`';
    expect(plainRule('link', json, { toString: resource })).toEqual({ kind: 'falls-back', why });
  });
});
