import { z } from 'zod';
import { type DocumentKind, documentProblems } from '#contracts/document-kind.ts';
import { type ExchangeEntry, exchangeSection, exchangeUses } from '#contracts/exchange-entry.ts';
import { effectSpec } from '#contracts/target-spec.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'use a-z, 0-9 and -');
const text = z.string().trim().min(1).max(256);

const exchangeSpec = z
  .strictObject({
    agent: name,
    provider: name,
    groups: z.array(text).max(1_000).default([]),
    everyone: z.boolean().default(false),
    effects: z.array(effectSpec).min(1),
    uses: z.array(z.enum(exchangeUses)).min(1).default(['token']),
    clients: z.array(text).min(1).max(100).optional(),
    carries: z.boolean().default(false),
    maxMinutes: z
      .int()
      .min(1)
      .max(limits.delegationMs / 60_000)
      .default(limits.exchangeMs / 60_000),
  })
  .refine(
    ({ groups, everyone }) => everyone || groups.length > 0,
    "give `groups` or `everyone: true`: it is nobody's",
  );

/** Which agent may exchange tokens of whom. INVARIANT: it gives nobody a right: entitlement and manifest do. */
export const exchangeKind: DocumentKind<ExchangeEntry> = {
  kind: 'Exchange',
  section: exchangeSection,
  schema: exchangeSpec,
  risk: {
    lists: { groups: 'set', effects: 'set', clients: 'set', uses: 'set' },
    tightenings: [
      { at: 'groups.*', is: 'removed' },
      { at: 'effects.*', is: 'removed' },
      { at: 'clients.*', is: 'removed' },
      { at: 'uses.*', is: 'removed' },
      { at: 'everyone', is: { to: false } },
      { at: 'carries', is: { to: false } },
      { at: 'maxMinutes', is: 'lowered' },
    ],
    gone: 'tightening',
  },
  // It lets others act: whoever operates gives nobody more than they have.
  writtenBy: 'admin',
  parse(of, given) {
    const parsed = exchangeSpec.safeParse(given);
    if (!parsed.success) {
      const problems = documentProblems('Exchange', given, parsed.error.issues, exchangeSpec);
      return { kind: 'problems', problems };
    }
    const { agent, provider, groups, everyone, effects, uses, clients, maxMinutes, carries } =
      parsed.data;
    return {
      kind: 'parsed',
      entry: {
        name: of,
        agent,
        provider,
        groups: [...new Set(groups)].sort(),
        everyone,
        effects: [...new Set(effects)],
        uses: [...new Set(uses)],
        ...(clients === undefined ? {} : { clients: [...new Set(clients)].sort() }),
        maxMs: maxMinutes * 60_000,
        ...(carries ? { carries } : {}),
        digest: sha256Hex(canonicalBytes({ name: of, spec: given })),
      },
      references: [
        { kind: 'Agent', name: agent, path: ['spec', 'agent'] },
        { kind: 'IdentityProvider', name: provider, path: ['spec', 'provider'] },
      ],
    };
  },
};
