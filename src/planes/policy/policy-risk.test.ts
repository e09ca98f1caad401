import { describe, expect, it } from 'vitest';
import type { PolicyEntry, TenantSnapshot } from '#kernel/snapshot.ts';
import { policiesOf, replaceableNames } from './builtin.ts';
import { policyRisk, rulesIn } from './policy-risk.ts';

const permit = 'permit(principal, action, resource);';
const forbid = '@id("no-refunds") forbid(principal, action == Action::"x", resource);';

function judged(before: string | undefined, after: string | undefined, name = 'p') {
  const spec = (cedar: string | undefined) => (cedar === undefined ? undefined : { cedar });
  return (policyRisk.judge?.(name, spec(before), spec(after)) ?? []).map((one) => one.judgement);
}

describe('a change of a policy', () => {
  it.each([
    ['a forbid more', permit, `${permit}\n${forbid}`],
    ['a forbid more, in front and with a comment', permit, `// why\n${forbid} ${permit}`],
    ['a new document of forbids alone', undefined, forbid],
    ['the same forbid once more', `${permit}${forbid}`, `${permit}${forbid}${forbid}`],
  ])('is a tightening: %s [POL-06]', (_, before, after) => {
    expect(new Set(judged(before, after))).toEqual(new Set(['tightening']));
  });

  it.each([
    [
      'comments and spaces',
      permit,
      `// c\n  permit( principal,action,resource ) ;`.replaceAll(' (', '('),
    ],
    ['another order', `${permit}${forbid}`, `${forbid}${permit}`],
  ])('is never more than neutral or risky: %s', (_, before, after) => {
    expect(judged(before, after)).not.toContain('tightening');
  });

  it('is neutral where only comments, line ends and order differ', () => {
    const before = `${permit}\n${forbid}`;
    const after = `// a comment; with a semicolon\n${forbid}\r\n\n${permit} // end`;
    expect(judged(before, after)).toEqual(['neutral']);
  });

  it.each([
    ['a permit more', permit, `${permit}permit(principal == Agent::"a", action, resource);`],
    ['a forbid goes', `${permit}${forbid}`, permit],
    ['a forbid is narrowed', forbid, forbid.replace('resource)', 'resource) when { false }')],
    ['the document goes', forbid, undefined],
    ['a new document that permits', undefined, permit],
    [
      'a permit that looks like a forbid in its annotation',
      '',
      '@id("forbid(") @note(") forbid") permit(principal, action, resource);',
    ],
    ['a permit behind a comment that says forbid', '', `// forbid\n${permit}`],
    ['a forbid that became a comment', `${permit}${forbid}`, `${permit}// ${forbid}`],
    ['a text in which a string swallows a rule', forbid, `@id(";forbid") ${permit}`],
    ['what has no end', '', '@id("a") forbid(principal, action, resource)x'],
    ['a forbid that a human can lift', permit, `${permit}@approval("x") ${forbid}`],
    ['one that says so behind its name', '', forbid.replace(' forbid', ' @approval("x") forbid')],
    ['a forbid without a name', '', 'forbid(principal, action, resource);'],
  ])('is risky: %s', (_, before, after) => {
    expect(judged(before, after)).toContain('risky');
  });

  it.each([...replaceableNames])(
    'is risky of the rules that are built in, whatever takes their place: %s [POL-06]',
    (name) => {
      const never = forbid.replace('resource)', 'resource) when { false }');
      expect(judged(undefined, never, name)).toContain('risky');
      expect(judged(never, undefined, name)).toContain('risky');
      expect(judged(forbid, forbid + forbid, name)).toEqual(['tightening']);
    },
  );

  it('knows every name by which a document switches off what is built in', () => {
    const servers = { a: { tools: { x: { flow: {} } } } };
    const inForce = (policies: readonly PolicyEntry[]) =>
      policiesOf({ policies, servers } as unknown as TenantSnapshot);
    const builtIn = inForce([]);
    expect(builtIn.map(({ name }) => name).toSorted()).toEqual([...replaceableNames].toSorted());
    for (const { name } of builtIn)
      expect(inForce([{ name, cedar: '' }])).toHaveLength(builtIn.length);
  });

  it('is neutral of a shadow, risky of one that is promoted with a permit, and of a policy that goes into shadow [POL-06]', () => {
    const findings = (before: object | undefined, after: object | undefined, name = 'p') =>
      policyRisk.judge?.(name, before as never, after as never) ?? [];
    const judgements = (...given: Parameters<typeof findings>) =>
      findings(...given).map(({ judgement }) => judgement);
    const shadow = { cedar: permit, shadow: true };
    expect(judgements(undefined, shadow)).toEqual(['neutral']);
    expect(findings(undefined, shadow)[0]?.sentence).toContain(
      'is a shadow: its 1 rules decide nothing',
    );
    expect(judgements(shadow, { ...shadow, cedar: forbid })).toEqual(['neutral']);
    expect(judgements(shadow, undefined)).toEqual(['neutral']);
    // Its report would tell, call by call, what is sealed.
    const reading = 'forbid(principal, action, resource) when { context.input.text like "d*" };';
    expect(judgements(undefined, { cedar: reading, shadow: true })).toEqual(['risky']);
    expect(judgements(shadow, { cedar: reading, shadow: true })).toEqual(['risky']);
    expect(judgements({ cedar: reading, shadow: true }, undefined)).toEqual(['neutral']);
    expect(judgements(shadow, { cedar: permit })).toEqual(['risky']);
    expect(judgements({ cedar: forbid, shadow: true }, { cedar: forbid })).toEqual(['tightening']);
    expect(judgements({ cedar: forbid }, { cedar: forbid, shadow: true })).toEqual(['risky']);
    expect(judgements(undefined, shadow, 'builtin')).toEqual(['neutral']);
    expect(judgements(shadow, { cedar: forbid }, 'builtin')).toContain('risky');
  });

  it('reads strings, comments and semicolons as Cedar does', () => {
    expect(
      rulesIn('permit(principal,action,resource) when { "a;\\"//b" == "c" }; // ;\nforbid(x);'),
    ).toEqual(['permit(principal,action,resource) when { "a;\\"//b" == "c" }', 'forbid(x)']);
  });
});
