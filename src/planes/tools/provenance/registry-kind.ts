import { z } from 'zod';
import { type DocumentKind, documentProblems } from '#contracts/document-kind.ts';
import { entriesOf, section } from '#contracts/section.ts';
import { type Refusal, refusal, type RefusalExtras } from '#kernel/errors.ts';
import type { ServerEntry, TenantSnapshot } from '#kernel/snapshot.ts';
import { whatLeadsElsewhere } from './elsewhere.ts';
import { sourceOf } from './source.ts';

export interface RegistryEntry {
  readonly name: string;
  readonly sources: readonly string[];
  readonly requirePins: boolean;
}

const registrySpec = z.strictObject({
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
});

const registries = section<RegistryEntry>('registries');

/** From where tool servers may come. Without any document of this kind, from anywhere. */
export const registryKind: DocumentKind<RegistryEntry> = {
  kind: 'Registry',
  section: registries,
  parse(name, given) {
    const parsed = registrySpec.safeParse(given);
    if (!parsed.success) {
      const problems = documentProblems('Registry', given, parsed.error.issues, registrySpec);
      return { kind: 'problems', problems };
    }
    return { kind: 'parsed', entry: { name, ...parsed.data }, references: [] };
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
  const isLoose = pinned === 'none' || pinned === 'version';
  return isLoose && all.some(({ requirePins }) => requirePins)
    ? refusal('tools/server-unpinned')
    : undefined;
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
