import { z } from 'zod';
import { type DocumentKind, documentProblems } from '#contracts/document-kind.ts';
import { addressProblem, networkOf, networkShape } from '#contracts/network-spec.ts';
import { section } from '#contracts/section.ts';
import { httpUrlSpec } from '#contracts/target-spec.ts';
import { limits } from '#kernel/limits.ts';
import type { EntitlementEntry, PdpEntry } from '#kernel/snapshot.ts';
import { listedSpec, listsSomething, readListed, strayBounds } from './manifest-kind.ts';
import { entitlementRisk } from './risk.ts';

const named = z.array(z.string().trim().min(1).max(256)).max(1_000).default([]);

const pdpSpec = z
  .strictObject({
    url: httpUrlSpec.refine(
      isBase,
      'write it in its plain form, without a slash, `?` or `#` at its end',
    ),
    credential: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'the name of a secret')
      .optional(),
    timeoutMs: z.int().min(100).max(limits.pdpWaitMs).default(1_000),
    arguments: z.boolean().default(false),
    ...networkShape,
  })
  .superRefine(({ url, loopback }, context) => {
    const message = URL.canParse(url) ? addressProblem(url, loopback) : undefined;
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['url'], message });
  });

/** What stands below it must be asked to the letter, by the one way out. */
function isBase(url: string): boolean {
  return !/[?#]|\/$/.test(url) && URL.parse(`${url}/access`)?.href === `${url}/access`;
}

const entitlementSpec = listedSpec
  .extend({
    groups: named,
    users: named,
    everyone: z.boolean().default(false),
    provider: z.string().trim().min(1).max(256).optional(),
    pdp: pdpSpec.optional(),
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
  schema: entitlementSpec,
  risk: entitlementRisk,
  // It says what people may: whoever operates gives nobody more than they have.
  writtenBy: 'admin',
  parse(name, given) {
    const parsed = entitlementSpec.safeParse(given);
    if (!parsed.success) {
      const problems = documentProblems('Entitlement', given, parsed.error.issues, entitlementSpec);
      return { kind: 'problems', problems };
    }
    const { groups, users, everyone, provider, pdp, ...spec } = parsed.data;
    const read = readListed(name, spec);
    if (read.kind === 'problems') return read;
    const whose = { groups: sorted(groups), users: sorted(users), everyone };
    const asked = pdp === undefined ? {} : { pdp: pdpOf(pdp) };
    const entry = { ...read.entry, ...whose, ...asked };
    if (provider === undefined) return { ...read, entry };
    const path = ['spec', 'provider'];
    const references = [...read.references, { kind: 'IdentityProvider', name: provider, path }];
    return { ...read, entry: { ...entry, provider }, references };
  },
  against: strayBounds,
  secrets: ({ pdp }) => (pdp?.credential === undefined ? [] : [pdp.credential]),
};

function pdpOf({ url, credential, timeoutMs, ...spec }: z.infer<typeof pdpSpec>): PdpEntry {
  return {
    url,
    ...(credential === undefined ? {} : { credential }),
    timeoutMs,
    sendsArguments: spec.arguments,
    network: networkOf(spec),
  };
}

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
