import type { JudgedAct } from '#contracts/step-up.ts';
import { unmetStepUps } from '#contracts/step-up.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { Person } from '#kernel/principal.ts';
import type { StepUpEntry } from '#kernel/snapshot.ts';
import type { ControlParts } from './parts.ts';

/** INVARIANT: asked of every act of a person, before its handler; there is no other way to one. */
export function checkStepUp(
  { snapshot, clock, publicUrl }: Pick<ControlParts, 'snapshot' | 'clock' | 'publicUrl'>,
  person: Person,
  act: JudgedAct,
): void {
  const unmet = unmetStepUps(snapshot()?.tenants[person.tenant], act, person, clock.now());
  if (unmet.length === 0) return;
  const details = challengeOf(unmet);
  const signIn = addressOf(publicUrl(), details);
  throw new BailiwickError('api/step-up-required', {
    suggestedAction: `do it again with \`--browser\`, which signs you in as it is asked for; or sign in at ${signIn}`,
    details: { ...details, signIn },
  });
}

/** What would satisfy all of them, as far as one sign-in can. */
function challengeOf(unmet: readonly StepUpEntry[]): JsonObject & { readonly acrValues: Json[] } {
  const [first = [], ...others] = unmet.map(({ acr }) => acr).filter((acr) => acr.length > 0);
  const shared = first.filter((one) => others.every((list) => list.includes(one)));
  const ages = unmet.flatMap(({ withinMs }) => (withinMs === undefined ? [] : [withinMs]));
  return {
    stepUps: unmet.map(({ name }) => name),
    acrValues: shared.length > 0 ? shared : [...new Set([first, ...others].flat())],
    amr: [...new Set(unmet.flatMap(({ amr }) => amr))],
    ...(ages.length === 0 ? {} : { maxAgeSeconds: Math.floor(Math.min(...ages) / 1_000) }),
  };
}

function addressOf(publicUrl: string, { acrValues, maxAgeSeconds }: JsonObject): string {
  const query = new URLSearchParams();
  if (Array.isArray(acrValues) && acrValues.length > 0)
    query.set('acr_values', acrValues.join(' '));
  if (typeof maxAgeSeconds === 'number') query.set('max_age', `${maxAgeSeconds}`);
  return `${publicUrl}/sign-in${query.size === 0 ? '' : `?${query.toString()}`}`;
}

/** RFC 9470. INVARIANT: nothing from documents can end the quoted text it stands in. */
export function challengeHeader({ code, message, details }: BailiwickError): string {
  if (code !== 'api/step-up-required') return 'Bearer';
  const parts = ['error="insufficient_user_authentication"', `error_description="${message}"`];
  const acrValues = details?.['acrValues'];
  const maxAge = details?.['maxAgeSeconds'];
  if (Array.isArray(acrValues) && acrValues.length > 0) {
    parts.push(`acr_values="${acrValues.map(String).map(quotable).join(' ')}"`);
  }
  if (typeof maxAge === 'number') parts.push(`max_age="${maxAge}"`);
  return `Bearer ${parts.join(', ')}`;
}

function quotable(text: string): string {
  return text.replace(/[^\x21\x23-\x5b\x5d-\x7e]/g, '');
}
