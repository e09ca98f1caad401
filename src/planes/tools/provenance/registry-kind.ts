import { z } from 'zod';
import { type DocumentKind, documentProblems } from '#contracts/document-kind.ts';
import type { PinnedTrust, SignerNeed, SignerRule } from '#contracts/signers.ts';
import { entriesOf, section } from '#contracts/section.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText, type Json } from '#kernel/json/index.ts';
import { type Refusal, refusal, type RefusalExtras } from '#kernel/errors.ts';
import type { ServerEntry, TenantSnapshot } from '#kernel/snapshot.ts';
import { whatLeadsElsewhere } from './elsewhere.ts';
import {
  closestRules,
  rulesOf,
  signersSpec,
  trustMissing,
  trustOf,
  trustOfSigners,
} from './signer-rules.ts';
import { sourceOf } from './source.ts';
import { registryRisk } from '../risk.ts';

export interface RegistryEntry {
  readonly name: string;
  readonly sources: readonly string[];
  readonly requirePins: boolean;
  readonly signers: readonly SignerRule[];
  readonly trust: PinnedTrust;
}

const registrySpec = z
  .strictObject({
    sources: z
      .array(
        z
          .string()
          .max(2_048)
          .regex(/^(?:npm|pypi|file|command|https?):[^*]*\*?$/, 'a `*` stands at the end')
          .refine((source) => !isCrooked(source), 'write the path without `..`, `.` and `//`'),
      )
      .max(1_000),
    requirePins: z.boolean().default(false),
    signers: signersSpec,
    trust: trustOfSigners,
  })
  .superRefine(({ signers, trust }, context) => {
    const message = trustMissing(signers, trust);
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['trust'], message });
  });

const registries = section<RegistryEntry>('registries');

/** From where tool servers may come. Without any document of this kind, from anywhere. */
export const registryKind: DocumentKind<RegistryEntry> = {
  kind: 'Registry',
  section: registries,
  schema: registrySpec,
  risk: registryRisk,
  parse(name, given) {
    const parsed = registrySpec.safeParse(given);
    if (!parsed.success) {
      const problems = documentProblems('Registry', given, parsed.error.issues, registrySpec);
      return { kind: 'problems', problems };
    }
    const { sources, requirePins, signers, trust } = parsed.data;
    const entry = {
      name,
      sources,
      requirePins,
      signers: rulesOf(signers),
      trust: trustOf(trust),
    };
    return { kind: 'parsed', entry, references: [] };
  },
};

type Verdicts = WeakMap<ServerEntry, Refusal | 'listed'>;

const judged = new WeakMap<TenantSnapshot, Verdicts>();

/**
 * Whether anything may be asked of this server. INVARIANT: with a registry, one that it does not list is
 * neither started nor connected to, whoever asks.
 */
export function judgeSource(
  tenant: TenantSnapshot | undefined,
  server: ServerEntry,
): Refusal | undefined {
  if (tenant === undefined) return undefined;
  const known = judged.get(tenant) ?? new WeakMap();
  judged.set(tenant, known);
  const verdict = known.get(server) ?? judgeAnew(tenant, server) ?? 'listed';
  known.set(server, verdict);
  return verdict === 'listed' ? undefined : verdict;
}

function judgeAnew(tenant: TenantSnapshot, server: ServerEntry): Refusal | undefined {
  const all = Object.values(entriesOf(tenant, registries));
  if (all.length === 0) return undefined;
  const elsewhere = whatLeadsElsewhere(server);
  if (elsewhere !== undefined) return refusal('tools/server-unlisted', leadsElsewhere(elsewhere));
  const { name, pinned } = sourceOf(server.connect);
  if (!all.some(({ sources }) => sources.some((source) => covers(source, name)))) {
    return refusal('tools/server-unlisted');
  }
  // Of what is not pinned nobody can tell whether it is what was signed.
  if (pinned !== 'verified' && signersNeeded(tenant, server).needs.length > 0) {
    return refusal('tools/server-unpinned');
  }
  const isLoose = pinned === 'none' || pinned === 'version';
  return isLoose && all.some(({ requirePins }) => requirePins)
    ? refusal('tools/server-unpinned')
    : undefined;
}

export interface SignersNeeded {
  /** What each Registry document that has a rule for it wants. */
  readonly needs: readonly SignerNeed[];
  /** The same of two means the same, also in another process. */
  readonly key: string;
}

const nobody: SignersNeeded = { needs: [], key: '' };
const needed = new WeakMap<TenantSnapshot, WeakMap<ServerEntry, SignersNeeded>>();

/** Who must have signed what of a server is started. */
export function signersNeeded(
  tenant: TenantSnapshot | undefined,
  server: ServerEntry,
): SignersNeeded {
  if (tenant === undefined || server.connect.kind === 'http') return nobody;
  const known = needed.get(tenant) ?? new WeakMap<ServerEntry, SignersNeeded>();
  needed.set(tenant, known);
  const found = known.get(server) ?? findSigners(tenant, server);
  known.set(server, found);
  return found;
}

function findSigners(tenant: TenantSnapshot, server: ServerEntry): SignersNeeded {
  const { name } = sourceOf(server.connect);
  const needs = Object.values(entriesOf(tenant, registries)).flatMap(
    ({ name: document, signers, trust }) => {
      const rules = closestRules(signers, name, covers);
      return rules.length === 0 ? [] : [{ document, rules, trust }];
    },
  );
  return needs.length === 0
    ? nobody
    : { needs, key: sha256Hex(canonicalText(needs as unknown as Json)) };
}

function leadsElsewhere(what: string): RefusalExtras {
  return {
    message: `what this tool server is started from cannot be told for sure: ${what}`,
    suggestedAction: 'ask the operator to take that out of its ToolServer document',
  };
}

/** Of paths alone: `file:/opt/a//b` and the like would never cover anything, or not what they seem to. */
function isCrooked(source: string): boolean {
  return (
    /^(?:file|command):/.test(source) && /\/\/|(?:^[a-z]+:|\/)\.\.(?:\/|$)|\/\.\//.test(source)
  );
}

function covers(source: string, name: string): boolean {
  return source.endsWith('*') ? name.startsWith(source.slice(0, -1)) : name === source;
}
