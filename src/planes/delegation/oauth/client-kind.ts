import { z } from 'zod';
import { type DocumentKind, documentProblems } from '#contracts/document-kind.ts';
import { limits } from '#kernel/limits.ts';
import { effectClasses } from '#kernel/tool.ts';
import { type ClientEntry, type ClientIdentity, clientSection } from '#contracts/client-entry.ts';
import { isScheme, redirectForm } from './redirect-uris.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'use a-z, 0-9 and -');
const named = z.array(z.string().trim().min(1).max(256)).min(1).max(1_000);

const redirectUri = z
  .string()
  .refine(
    (text) => redirectForm(text) !== undefined,
    'use https, an app’s own scheme, or http to this machine; no user, no fragment, no dots in the path',
  );

const redirectPattern = z
  .string()
  .refine(
    (text) => text === 'loopback' || isScheme(text) || redirectForm(text) !== undefined,
    'use `loopback`, the scheme of an app with its colon (`cursor:`), or a whole address',
  );

const publicJwk = z.record(z.string(), z.string()).refine(({ d }) => d === undefined, {
  message: 'this is a private key: only its public half belongs here',
});

const dynamic = z.strictObject({
  names: z.array(z.string().trim().min(1).max(200)).min(1).max(100).optional(),
  redirectUris: z.array(redirectPattern).min(1).max(32),
  perHour: z.int().min(1).max(limits.registrationsPerHour).default(20),
});

const identity = z
  .strictObject({
    metadata: z
      .string()
      .max(256)
      .refine(isMetadataUrl, 'use an https URL with a path, without user, query or fragment')
      .optional(),
    id: z
      .string()
      .regex(/^[\x21-\x7e]{1,256}$/, 'use 1 to 256 plain letters')
      .optional(),
    redirectUris: z.array(redirectUri).min(1).max(32).optional(),
    secretSha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'use SHA-256 of the secret, in hex')
      .optional(),
    jwks: z.strictObject({ keys: z.array(publicJwk).min(1).max(8) }).optional(),
    dynamic: dynamic.optional(),
  })
  .refine(
    ({ metadata, id, dynamic: self }) =>
      [metadata, id, self].filter((one) => one !== undefined).length === 1,
    'give one of `metadata`, `id` and `dynamic`',
  )
  .refine(
    ({ id, redirectUris }) => (id === undefined) === (redirectUris === undefined),
    '`id` and `redirectUris` belong together',
  )
  .refine(
    ({ id, secretSha256, jwks }) => id !== undefined || (secretSha256 ?? jwks) === undefined,
    '`secretSha256` and `jwks` are of a client with an `id`',
  )
  .refine(
    ({ secretSha256, jwks }) => secretSha256 === undefined || jwks === undefined,
    'give `secretSha256` or `jwks`, not both',
  );

const clientSpec = z
  .strictObject({
    agent: name,
    identity,
    effects: z.array(z.enum(effectClasses)).min(1).default(['read']),
    maxDuration: z
      .string()
      .regex(/^[1-9]\d{0,4}[mhd]$/, 'use minutes, hours or days: `30m`, `8h`, `7d`')
      .refine((text) => durationMs(text) <= limits.consentMs, 'this is longer than a consent lasts')
      .default('8h'),
    provider: z.string().trim().min(1).max(256).optional(),
    users: named.optional(),
    groups: named.optional(),
    consent: z.enum(['user', 'policy']).default('user'),
  })
  .refine(
    ({ consent, identity: of }) => consent === 'user' || of.dynamic === undefined,
    'nobody can agree for users to a client that registers itself: leave `consent` away',
  );

/** Which agent a client of OAuth acts as, for whom, and how far they can let it. */
export const clientKind: DocumentKind<ClientEntry> = {
  kind: 'Client',
  section: clientSection,
  schema: clientSpec,
  risk: {
    lists: { effects: 'set', users: 'set', groups: 'set' },
    tightenings: [
      { at: 'effects.*', is: 'removed' },
      { at: 'users.*', is: 'removed' },
      { at: 'groups.*', is: 'removed' },
      { at: 'consent', is: { to: 'user' } },
    ],
    gone: 'tightening',
  },
  // Then it says yes for every user, and no operator may.
  writtenBy: ({ consent }) => (consent === 'policy' ? 'admin' : undefined),
  parse(clientName, given) {
    const parsed = clientSpec.safeParse(given);
    if (!parsed.success) {
      const problems = documentProblems('Client', given, parsed.error.issues, clientSpec);
      return { kind: 'problems', problems };
    }
    const { agent, effects, maxDuration, provider, users, groups, consent } = parsed.data;
    const entry: ClientEntry = {
      name: clientName,
      agent,
      identity: identityOf(parsed.data.identity),
      effects: effectClasses.filter((effect) => effects.includes(effect)),
      maxDurationMs: durationMs(maxDuration),
      allowed:
        users === undefined && groups === undefined
          ? undefined
          : { users: sorted(users), groups: sorted(groups) },
      ...(provider === undefined ? {} : { provider }),
      consent,
    };
    return {
      kind: 'parsed',
      entry,
      references: [
        { kind: 'Agent', name: agent, path: ['spec', 'agent'] },
        ...(provider === undefined
          ? []
          : [{ kind: 'IdentityProvider', name: provider, path: ['spec', 'provider'] }]),
      ],
    };
  },
};

function identityOf(given: z.infer<typeof identity>): ClientIdentity {
  const { metadata, id = '', redirectUris = [], secretSha256, jwks, dynamic: self } = given;
  if (metadata !== undefined) return { kind: 'metadata', url: metadata };
  if (self !== undefined) {
    const { names, perHour } = self;
    return { kind: 'dynamic', names, redirectUris: self.redirectUris, perHour };
  }
  return { kind: 'registered', id, redirectUris, secretSha256, keys: jwks?.keys };
}

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function durationMs(text: string): number {
  return Number(text.slice(0, -1)) * units[text.slice(-1) as keyof typeof units];
}

function sorted(names: readonly string[] = []): readonly string[] {
  return [...new Set(names)].sort();
}

/** The Client ID Metadata Document draft, §3: with a path, and nothing that could be read in two ways. */
function isMetadataUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.href !== text || url.pathname === '/') return false;
  if (url.username !== '' || url.password !== '' || url.hash !== '' || url.search !== '') {
    return false;
  }
  const isOwn = url.hostname === '127.0.0.1' || url.hostname === 'localhost';
  // On this machine for trying out; what may be fetched from there is judged when it is fetched.
  return url.protocol === 'https:' || (url.protocol === 'http:' && isOwn);
}
