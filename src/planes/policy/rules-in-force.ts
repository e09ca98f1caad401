import { recordedRule, type RulesOfDocument } from '#contracts/rules-in-force.ts';
import { sha256Hex } from '#kernel/digest.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import { policiesOf } from './builtin.ts';
import { rulesIn } from './rule-places.ts';

/** So many bytes of names stand in one record; a leaf has twice that. */
const mostBytes = 32 * 1_024;

/**
 * What rules come into force, by document, digest of its text and id, for the record: so that the log alone says later which
 * rule was there and never led to anything. In as many parts as records need to hold it.
 */
export function rulesInForce(tenant: TenantSnapshot | undefined): readonly JsonObject[] {
  const parts: RulesOfDocument[][] = [[]];
  let bytes = 0;
  for (const policy of tenant === undefined ? [] : policiesOf(tenant)) {
    const document = { name: policy.name, digest: sha256Hex(policy.cedar) };
    let rules: string[] = [];
    parts.at(-1)?.push({ ...document, rules });
    for (const { place } of rulesIn(policy)) {
      const id = recordedRule(place.id);
      bytes += Buffer.byteLength(id, 'utf8') + document.name.length + 80;
      if (bytes > mostBytes) {
        [bytes, rules] = [0, []];
        parts.push([{ ...document, rules }]);
      }
      rules.push(id);
    }
  }
  const policies = parts.map((part) =>
    part.map(({ rules, ...of }) => ({ ...of, rules: [...rules] })),
  );
  if (policies.length === 1) return [{ policies: policies[0] ?? [] }];
  return policies.map((part, at) => ({ policies: part, part: at + 1, parts: policies.length }));
}
