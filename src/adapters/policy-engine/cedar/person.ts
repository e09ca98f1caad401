import type { UserLeg } from '#kernel/principal.ts';

/** As rules read it, for both who judge: what is not known is not there, and never an empty text. */
export type PersonFacts = Readonly<Record<string, string | number | string[]>>;

export function personFacts(person: UserLeg, now: number): PersonFacts {
  const { issuer, groups, acr, amr = [], claims = [], signedInAt } = person;
  return {
    issuer,
    groups: [...groups],
    amr: [...amr],
    claims: [...claims],
    ...(acr === undefined ? {} : { acr }),
    ...(signedInAt === undefined
      ? {}
      : { authAge: Math.max(0, Math.trunc((now - signedInAt) / 1_000)) }),
  };
}
