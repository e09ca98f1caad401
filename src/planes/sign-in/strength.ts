import type { IdentityProviderEntry } from '#contracts/identity-provider.ts';
import type { SignInRequirement } from '#contracts/sign-in-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { UserLeg } from '#kernel/principal.ts';

type Require = IdentityProviderEntry['require'];

/** The stricter of both: what is sent to the provider. */
export function askedOf(
  require: Require,
  beside: SignInRequirement,
): { readonly acr: readonly string[]; readonly maxAgeMs: number | undefined } {
  const ages = [require.maxAgeMs, beside.maxAgeMs].filter((age) => age !== undefined);
  return {
    // The later one asks for what this very sign-in is for.
    acr: beside.acr.length > 0 ? beside.acr : require.acr,
    maxAgeMs: ages.length === 0 ? undefined : Math.min(...ages),
  };
}

/** INVARIANT: what the provider was asked for is compared with what it says; what it does not say is no. */
export function checkStrength(
  user: UserLeg,
  {
    require,
    beside,
    now,
  }: {
    readonly require: Require;
    readonly beside: SignInRequirement | undefined;
    readonly now: number;
  },
): void {
  for (const acr of [require.acr, beside?.acr ?? []]) {
    if (acr.length > 0 && !(user.acr !== undefined && acr.includes(user.acr))) {
      throw weak(`\`acr\` is ${user.acr ?? 'missing'} and must be ${acr.join(' or ')}`);
    }
  }
  const lacking = require.amr.filter((one) => !(user.amr ?? []).includes(one));
  if (lacking.length > 0) throw weak(`\`amr\` lacks ${lacking.join(', ')}`);
  for (const maxAgeMs of [require.maxAgeMs, beside?.maxAgeMs]) {
    if (maxAgeMs === undefined) continue;
    if (user.signedInAt === undefined) throw weak('`auth_time` is missing');
    if (now - user.signedInAt > maxAgeMs + limits.clockSkewMs) {
      throw weak('you proved yourself too long ago (`auth_time`)');
    }
  }
}

function weak(what: string): BailiwickError {
  return new BailiwickError('identity/weak-sign-in', {
    message: `the identity provider did not say that you proved yourself as is asked for here: ${what}`,
  });
}
