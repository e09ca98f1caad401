import { z } from 'zod';
import { type DocumentKind, documentProblems } from '#contracts/document-kind.ts';
import { type SpeakerEntry, speakerSection, speakerWays } from '#contracts/speaker-entry.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalBytes, isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { importPublicJwk } from './jwk.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'use a-z, 0-9 and -');
const text = z.string().trim().min(1).max(256);

const key = z.strictObject({
  kid: text,
  jwk: z
    .custom<JsonObject>(
      (value) => isJsonObject(value) && importPublicJwk(value) !== undefined,
      'must be a public key: P-256 or Ed25519, as a JWK without private members',
    )
    .meta({ type: 'object' }),
});

const speakerSpec = z
  .strictObject({
    agent: name,
    provider: name,
    ways: z.array(z.enum(speakerWays)).min(1),
    keys: z.array(key).min(1).max(8).optional(),
    clients: z.array(text).min(1).max(100).optional(),
    agentItself: z.boolean().default(false),
  })
  .refine(
    ({ ways, keys }) => !ways.includes('exchange') || keys !== undefined,
    'with a token only signed words are taken: give `keys`',
  )
  .refine(
    ({ ways, clients, agentItself }) =>
      !ways.includes('turns') || clients !== undefined || agentItself,
    'turns are signed by nobody: give `clients`, or `agentItself: true`',
  )
  .refine(
    ({ ways, keys, clients, agentItself }) =>
      !ways.includes('call') || keys !== undefined || clients !== undefined || agentItself,
    'say who is believed: `keys`, `clients` or `agentItself: true`',
  )
  .refine(
    ({ keys = [] }) => new Set(keys.map(({ kid }) => kid)).size === keys.length,
    'two `keys` have one `kid`',
  );

/**
 * Who may bring a user's own words into the work of an agent. INVARIANT: nobody who is not named here; and words give no
 * right: they only free values that the rules ask about.
 */
export const speakerKind: DocumentKind<SpeakerEntry> = {
  kind: 'Speaker',
  section: speakerSection,
  schema: speakerSpec,
  risk: {
    lists: { ways: 'set', clients: 'set' },
    tightenings: [
      { at: 'ways.*', is: 'removed' },
      { at: 'clients.*', is: 'removed' },
      { at: 'agentItself', is: { to: false } },
    ],
    gone: 'tightening',
  },
  // It says what counts as the word of a user: whoever operates gives nobody more than they have.
  writtenBy: 'admin',
  parse(of, given) {
    const parsed = speakerSpec.safeParse(given);
    if (!parsed.success) {
      const problems = documentProblems('Speaker', given, parsed.error.issues, speakerSpec);
      return { kind: 'problems', problems };
    }
    const { agent, provider, ways, keys = [], clients = [], agentItself } = parsed.data;
    return {
      kind: 'parsed',
      entry: {
        name: of,
        agent,
        provider,
        ways: speakerWays.filter((way) => ways.includes(way)),
        keys,
        clients: [...new Set(clients)].sort(),
        agentItself,
        digest: sha256Hex(canonicalBytes({ name: of, spec: given })),
      },
      references: [
        { kind: 'Agent', name: agent, path: ['spec', 'agent'] },
        { kind: 'IdentityProvider', name: provider, path: ['spec', 'provider'] },
      ],
    };
  },
};
