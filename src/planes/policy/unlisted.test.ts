import { describe, expect, it } from 'vitest';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import { riskListKind } from './index.ts';
import { unlistedRisks } from './unlisted.ts';

const spec = {
  classes: { payments: { owner: 'ann', why: 'money leaves', actions: ['billing/refund'] } },
};

function problems(cedar: string, lists: readonly object[] = [spec]): readonly string[] {
  const entries = lists.map((one, at) => {
    const parsed = riskListKind.parse(`list-${at}`, JSON.parse(JSON.stringify(one)));
    if (parsed.kind === 'problems') throw new Error(JSON.stringify(parsed.problems));
    return [`list-${at}`, parsed.entry];
  });
  const tenant = { riskLists: Object.fromEntries(entries) } as unknown as TenantSnapshot;
  return unlistedRisks(tenant, [{ name: 'sums', cedar }]).map(
    ({ line, message }) => `${line}: ${message}`,
  );
}

const rule = (asks: string, action: string) =>
  `\n@id("r") @approval("${asks}") forbid(principal, action == Action::"${action}", resource);`;

describe('a list of risky actions', () => {
  it('has whatever a rule gates, or the rule is a problem where it stands [POL-03]', () => {
    expect(problems(rule('payments', 'billing/refund'))).toEqual([]);
    expect(problems(rule('payments', 'billing/payout'))).toEqual([
      '2: rule `r` gates `billing/payout`, which class `payments` of no RiskList has: list it there',
    ]);
    expect(problems(rule('money', 'billing/refund'))).toEqual([
      '2: rule `r` asks for class `money`, which stands in no RiskList: say there who answers for it',
    ]);
    const several = rule('payments', 'billing/refund').replace(
      'action == Action::"billing/refund"',
      'action in [Action::"billing/refund", Action::"billing/payout"]',
    );
    expect(problems(several)).toHaveLength(1);
  });

  it('is not dodged by a comment or a word in quotes, and blames neither', () => {
    const hidden = `@id("r") /**/ @approval("payments") // Action::"billing/refund"
forbid(principal, action == Action::"billing/payout", resource);`;
    expect(problems(hidden.replace('/**/ ', ''))).toHaveLength(1);
    const quoted = `@id("r") @approval("payments") @description("not Action::'x/y'")
forbid(principal, action == Action::"billing/refund", resource) when { context.input.a == "Action" };`;
    expect(problems(quoted)).toEqual([]);
  });

  it('is needed by no rule that asks for what is built in, and by nobody without one', () => {
    for (const asks of ['write', 'untrusted-content', 'unproved-value', 'assisted']) {
      expect(problems(rule(asks, 'billing/payout'))).toEqual([]);
    }
    expect(problems(rule('money', 'billing/payout'), [])).toEqual([]);
    expect(problems(rule('money', 'billing/payout').replace('@approval("money") ', ''))).toEqual(
      [],
    );
  });

  it('names somebody who answers for each class, and actions as rules name them', () => {
    for (const bad of [
      {},
      { classes: {} },
      { classes: { payments: { why: 'x', actions: ['billing/refund'] } } },
      { classes: { payments: { owner: 'ann', why: 'x', actions: [] } } },
      { classes: { payments: { owner: 'ann', why: 'x', actions: ['refund'] } } },
    ]) {
      expect(riskListKind.parse('risky', bad).kind).toBe('problems');
    }
  });
});
