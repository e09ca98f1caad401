import type { IdentityProviderEntry } from '#contracts/identity-provider.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, type Json } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { type Role, rolesOf, type UserLeg } from '#kernel/principal.ts';

/** Whom a provider vouched for, as they count here. */
export interface Vouched {
  readonly user: UserLeg;
  readonly roles: readonly Role[];
  readonly providerSession: string | undefined;
}

/**
 * What a provider says of somebody, as its document lets it count. INVARIANT: at sign-in and at an exchange it
 * is this, so that nobody is more by one than by the other; and what is too much is refused, never cut: a rule
 * may forbid what was left out.
 */
export function vouchedFor(
  entry: IdentityProviderEntry,
  claims: JsonObject,
  groupsThatCount: ReadonlySet<string>,
): Vouched {
  const subject = textAt(claims, 'sub');
  if (subject === undefined) throw refused('it does not say who you are');
  const held = groupsOf(entry, claims);
  const groups = held.filter((one) => groupsThatCount.has(one)).sort();
  if (groups.length > limits.userGroups) throw refused('you are in too many groups that count');
  const name = textAt(claims, entry.claims.name);
  const proof = proofOf(claims);
  const passed = passedClaims(entry, claims);
  return {
    user: {
      subject,
      issuer: entry.oidc.issuer,
      ...(name === undefined ? {} : { name }),
      groups,
      ...proof,
      ...(passed.length === 0 ? {} : { claims: passed }),
    },
    roles: rolesHeld(entry, claims, new Set(held)),
    providerSession: textAt(claims, 'sid'),
  };
}

/** How and when they proved themselves (OIDC `acr`, `amr`, `auth_time`). */
export function proofOf(claims: JsonObject): Pick<UserLeg, 'acr' | 'amr' | 'signedInAt'> {
  const acr = textAt(claims, 'acr');
  const amr = textsOf(claims['amr']).sort();
  const at = claims['auth_time'];
  return {
    ...(acr === undefined ? {} : { acr }),
    ...(amr.length === 0 ? {} : { amr }),
    ...(typeof at === 'number' && at > 0 && at < 1e11
      ? { signedInAt: Math.trunc(at * 1_000) }
      : {}),
  };
}

function groupsOf({ claims: names }: IdentityProviderEntry, claims: JsonObject): string[] {
  // Entra says that there are more than it tells: who is in which then nobody knows.
  const elsewhere = claims['_claim_names'];
  const isElsewhere = isJsonObject(elsewhere) && Object.hasOwn(elsewhere, names.groups);
  if (isElsewhere || claims['hasgroups'] === true) {
    throw refused(
      'you are in more groups than it tells; it must tell those alone that are assigned',
    );
  }
  return [...new Set(textsOf(valueAt(claims, names.groups)))];
}

function rolesHeld(
  { roles }: IdentityProviderEntry,
  claims: JsonObject,
  groups: ReadonlySet<string>,
): readonly Role[] {
  const given = roles.filter((rule) =>
    rule.kind === 'group'
      ? groups.has(rule.group)
      : valuesOf(valueAt(claims, rule.claim)).includes(rule.value),
  );
  return rolesOf(given.flatMap((rule) => rule.roles));
}

function passedClaims({ claims: { pass } }: IdentityProviderEntry, claims: JsonObject): string[] {
  const all = pass.flatMap((name) =>
    valuesOf(valueAt(claims, name)).map((value) => `${name}=${value}`),
  );
  if (all.length > limits.passedClaims) throw refused('it says too much of you');
  return [...new Set(all)].sort();
}

/** By its name; or, where that begins with a slash, by its way: `/realm_access/roles`. */
function valueAt(claims: JsonObject, name: string): Json | undefined {
  const way = name.startsWith('/') ? name.slice(1).split('/') : [name];
  let value: Json | undefined = claims;
  for (const step of way) {
    if (!isJsonObject(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}

function textAt(claims: JsonObject, name: string): string | undefined {
  const value = valueAt(claims, name);
  if (value === undefined || value === null) return undefined;
  return checked(value);
}

function textsOf(value: Json | undefined): string[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as readonly Json[]).map(checked) : [checked(value)];
}

/** Numbers and yes or no too, as they are written. */
function valuesOf(value: Json | undefined): string[] {
  const all: readonly Json[] = Array.isArray(value) ? (value as readonly Json[]) : [value ?? null];
  return all
    .filter((one) => one !== null)
    .map((one) => checked(typeof one === 'number' || typeof one === 'boolean' ? `${one}` : one));
}

function checked(value: Json): string {
  if (typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= 256) return value;
  throw refused('a claim that counts is no short text');
}

function refused(message: string): BailiwickError {
  return new BailiwickError('identity/claims-refused', {
    message: `what the identity provider says of you cannot be used: ${message}`,
  });
}
