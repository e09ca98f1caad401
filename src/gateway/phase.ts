import type { Refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { WouldHavePart } from '#kernel/record.ts';
import { ownPrefix } from './own-keys.ts';
import type { Subject } from './subject.ts';

/**
 * What a phase may soften, and nothing beside it. INVARIANT: who asks, stops and suspensions, what a
 * human approved and whether it drifted, schemas, secrets, bounds of all kinds, faults of a gate and
 * what cannot be recorded are refused in every phase; so whatever is not named here is.
 */
const softCodes = [
  'tools/not-visible', // the manifest does not list it
  'tools/outside-envelope', // an argument is outside the manifest's bounds
  'policy/no-permit',
  'policy/denied',
  'approvals/pending', // a human would have been asked
] as const;

export type SoftCode = (typeof softCodes)[number];

type Softened = Pick<Subject, 'phase'>;

/**
 * What its record says of a call that goes on although a gate says no; undefined when the no holds.
 * INVARIANT: the one place that lets anything go on so, and only by the tool's own document.
 */
export function softened(
  { phase }: Softened,
  before: WouldHavePart | undefined,
  code: Refusal['code'],
): WouldHavePart | undefined {
  if (phase === undefined || !isSoft(code)) return undefined;
  if (before !== undefined) return { ...before, codes: [...before.codes, code] };
  return { phase, effect: code === 'approvals/pending' ? 'hold' : 'refuse', codes: [code] };
}

function isSoft(code: Refusal['code']): code is SoftCode {
  return softCodes.some((one) => one === code);
}

const warningKey = `${ownPrefix}would-have`;

/** The result with what its caller is warned of. The codes are those it would have heard, no rule. */
export function withWarning(result: JsonObject, wouldHave: WouldHavePart | undefined): JsonObject {
  if (wouldHave?.phase !== 'warn') return result;
  const { _meta: meta } = result;
  const { effect, codes } = wouldHave;
  const message =
    effect === 'hold'
      ? 'this call will wait for a human once this tool is enforced'
      : 'this call will be refused once this tool is enforced';
  // The intake left no `_meta` that is no object, and no key of ours in it.
  const warned = { ...(meta as JsonObject | undefined), [warningKey]: { effect, codes, message } };
  return { ...result, _meta: warned };
}
