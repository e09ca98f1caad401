import { z } from 'zod';
import { type DocumentKind, documentProblems } from '#contracts/document-kind.ts';
import {
  type IdentityProviderEntry,
  identityProviders,
  type RoleRule,
} from '#contracts/identity-provider.ts';
import { networkOf, networkShape } from '#contracts/network-spec.ts';
import { limits } from '#kernel/limits.ts';
import { roles, rolesOf } from '#kernel/principal.ts';

const word = z.string().trim().min(1).max(256);
const words = z.array(word).max(100);

/** Places of ours beside those of providers, and the one that needs none. */
const taken: ReadonlySet<string> = new Set([
  'callback',
  'backchannel-logout',
  'jwks',
  'passkey',
  'passkeys',
  'system',
]);

const issuer = z
  .url({ protocol: /^https?$/ })
  .max(512)
  .refine((text) => !/[?#@]/.test(text), 'an issuer has no query, no fragment and no user');

const oidc = z
  .strictObject({
    issuer,
    clientId: word,
    clientSecret: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'the name of a secret')
      .optional(),
    clientKey: z.literal(true).optional(),
    scopes: z
      .array(z.string().regex(/^[!#-[\]-~]+$/))
      .max(32)
      .default(['openid', 'profile', 'email']),
    exchangeAudiences: words.default([]),
    ...networkShape,
  })
  .refine(
    ({ clientSecret, clientKey }) => (clientSecret === undefined) !== (clientKey === undefined),
    'give `clientSecret` (the name of a secret) or `clientKey: true`',
  )
  .refine(({ scopes }) => scopes.includes('openid'), '`scopes` lacks `openid`')
  .refine(
    ({ issuer: text, loopback }) => text.startsWith('https:') || loopback,
    'an issuer is https, but for one on this machine with `loopback: true`',
  );

const rule = z
  .strictObject({
    group: word.optional(),
    claim: word.optional(),
    value: word.optional(),
    roles: z.array(z.enum(roles)).min(1),
  })
  .refine(
    ({ group, claim, value }) =>
      group === undefined
        ? claim !== undefined && value !== undefined
        : claim === undefined && value === undefined,
    'give `group`, or `claim` and `value`',
  );

const providerSpec = z.strictObject({
  title: z.string().trim().min(1).max(100).optional(),
  oidc,
  claims: z
    .strictObject({
      name: word.default('preferred_username'),
      groups: word.default('groups'),
      pass: words.max(limits.passedClaims).default([]),
      passGroups: words.min(1).optional(),
    })
    .prefault({}),
  roles: z.array(rule).max(100).default([]),
  require: z
    .strictObject({
      acr: words.default([]),
      amr: words.default([]),
      maxAgeSeconds: z.int().min(60).max(31_622_400).optional(),
    })
    .prefault({}),
});

/** Who may sign people in. INVARIANT: no field of it is a secret; one names it. */
export const identityProviderKind: DocumentKind<IdentityProviderEntry> = {
  kind: 'IdentityProvider',
  section: identityProviders,
  schema: providerSpec,
  // It says who holds which role: whoever writes it makes people.
  writtenBy: 'admin',
  parse(name, given) {
    const parsed = providerSpec.safeParse(given);
    if (!parsed.success) {
      const { issues } = parsed.error;
      const problems = documentProblems('IdentityProvider', given, issues, providerSpec);
      return { kind: 'problems', problems };
    }
    if (taken.has(name)) {
      const message = `no identity provider can be called \`${name}\``;
      const suggestedAction = 'give it another name';
      return { kind: 'problems', problems: [{ path: ['name'], message, suggestedAction }] };
    }
    return { kind: 'parsed', entry: entryOf(name, parsed.data), references: [] };
  },
  secrets: ({ oidc: { client } }) => (client.kind === 'secret' ? [client.secret] : []),
};

function entryOf(name: string, spec: z.output<typeof providerSpec>): IdentityProviderEntry {
  const { issuer: text, clientId, clientSecret, scopes } = spec.oidc;
  const { exchangeAudiences } = spec.oidc;
  const { acr, amr, maxAgeSeconds } = spec.require;
  return {
    name,
    title: spec.title ?? name,
    oidc: {
      issuer: text,
      clientId,
      client:
        clientSecret === undefined ? { kind: 'key' } : { kind: 'secret', secret: clientSecret },
      scopes,
      exchangeAudiences,
      network: networkOf(spec.oidc),
    },
    claims: spec.claims,
    roles: spec.roles.flatMap((one) => ruleOf(one) ?? []),
    require: {
      acr,
      amr,
      maxAgeMs: maxAgeSeconds === undefined ? undefined : maxAgeSeconds * 1_000,
    },
  };
}

function ruleOf({ group, claim, value, roles: held }: z.output<typeof rule>): RoleRule | undefined {
  const given = { roles: rolesOf(held) };
  if (group !== undefined) return { ...given, kind: 'group', group };
  if (claim === undefined || value === undefined) return undefined;
  return { ...given, kind: 'claim', claim, value };
}
