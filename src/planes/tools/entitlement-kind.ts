import { z } from 'zod';
import { type DocumentKind, documentProblems } from '#contracts/document-kind.ts';
import { section } from '#contracts/section.ts';
import type { EntitlementEntry } from '#kernel/snapshot.ts';
import { listedSpec, listsSomething, readListed, strayBounds } from './manifest-kind.ts';

const named = z.array(z.string().trim().min(1).max(256)).max(1_000).default([]);

const entitlementSpec = listedSpec
  .extend({
    groups: named,
    users: named,
    everyone: z.boolean().default(false),
    provider: z.string().trim().min(1).max(256).optional(),
  })
  .refine(...listsSomething)
  .refine(
    ({ groups, users, everyone }) => everyone || groups.length + users.length > 0,
    "give `groups`, `users` or `everyone: true`: it is nobody's",
  );

/**
 * What users may have done for them, by group or by name, written like a manifest. INVARIANT: it gives an
 * agent nothing that its own manifest does not list.
 */
export const entitlementKind: DocumentKind<EntitlementEntry> = {
  kind: 'Entitlement',
  section: section<EntitlementEntry>('entitlements'),
  // It says what people may: whoever operates gives nobody more than they have.
  writtenBy: 'admin',
  parse(name, given) {
    const parsed = entitlementSpec.safeParse(given);
    if (!parsed.success) {
      const problems = documentProblems('Entitlement', given, parsed.error.issues, entitlementSpec);
      return { kind: 'problems', problems };
    }
    const { groups, users, everyone, provider, ...spec } = parsed.data;
    const read = readListed(name, spec);
    if (read.kind === 'problems') return read;
    const whose = { groups: sorted(groups), users: sorted(users), everyone };
    const entry = { ...read.entry, ...whose };
    if (provider === undefined) return { ...read, entry };
    const path = ['spec', 'provider'];
    const references = [...read.references, { kind: 'IdentityProvider', name: provider, path }];
    return { ...read, entry: { ...entry, provider }, references };
  },
  against: strayBounds,
};

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
