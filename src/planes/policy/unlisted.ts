import type { PolicyProblem } from '#contracts/policy-engine.ts';
import { entriesOf } from '#contracts/section.ts';
import type { PolicyEntry, TenantSnapshot } from '#kernel/snapshot.ts';
import { assistedClass, flowClass, untrustedClass } from './builtin.ts';
import { riskLists } from './risk-list-kind.ts';
import { type PlacedRule, rulesIn } from './rule-places.ts';

/** Asked by what is built in, for whatever is of that kind: nobody lists their actions. */
const builtinClasses: ReadonlySet<string> = new Set([
  'write',
  flowClass,
  untrustedClass,
  assistedClass,
]);

/**
 * Rules that ask a person for what no RiskList of the tenant has: a class that nobody owns, or an action that does not
 * stand in its class. Without any list nothing is compared.
 */
export function unlistedRisks(
  tenant: TenantSnapshot,
  policies: readonly PolicyEntry[],
): readonly PolicyProblem[] {
  const lists = Object.values(entriesOf(tenant, riskLists));
  if (lists.length === 0) return [];
  const listed = new Map<string, Set<string>>();
  for (const { classes } of lists) {
    for (const [name, { actions }] of Object.entries(classes)) {
      const known = listed.get(name) ?? new Set();
      for (const action of actions) known.add(action);
      listed.set(name, known);
    }
  }
  return policies.flatMap((policy) =>
    rulesIn(policy).flatMap((rule) => problemsOf(rule, policy.name, listed)),
  );
}

function problemsOf(
  { place: { asks, line, column, id }, actions }: PlacedRule,
  policy: string,
  listed: ReadonlyMap<string, ReadonlySet<string>>,
): readonly PolicyProblem[] {
  if (asks === undefined || builtinClasses.has(asks)) return [];
  const place = { policy, line, column };
  const known = listed.get(asks);
  if (known === undefined) {
    const message = `rule \`${id}\` asks for class \`${asks}\`, which stands in no RiskList: say there who answers for it`;
    return [{ ...place, message }];
  }
  return actions
    .filter((action) => !known.has(action))
    .map((action) => ({
      ...place,
      message: `rule \`${id}\` gates \`${action}\`, which class \`${asks}\` of no RiskList has: list it there`,
    }));
}
