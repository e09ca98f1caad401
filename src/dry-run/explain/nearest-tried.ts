import { placeRules, policiesOf } from '#planes/policy/index.ts';
import type { TriedAnswer } from '../try-call.ts';
import type { ExplainParts, Nearest } from './door.ts';
import { nearestOf } from './nearest.ts';

/** What would let a call through that was tried; undefined where it goes through as it is. */
export async function nearestTried(
  parts: ExplainParts,
  { call, verdict }: TriedAnswer,
  given: Nearest['arguments'],
): Promise<Nearest | undefined> {
  if (verdict.kind === 'allowed') return undefined;
  const entry = call.configuration.snapshot.tenants[call.principal.tenant];
  const policies = entry === undefined ? [] : policiesOf(entry);
  const place = (rule: string) => placeRules([rule], policies)[0];
  return nearestOf(parts, { call, recorded: verdict, arguments: given, place });
}
