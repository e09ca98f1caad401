import type { DocumentKind } from '#contracts/document-kind.ts';
import type { StoredDocument } from '#contracts/document-store.ts';
import type { CatalogueEntry } from '#contracts/tool-catalogue.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type {
  AgentEntry,
  ManifestEntry,
  PinnedTool,
  PolicyEntry,
  SealedSecret,
  ServerEntry,
  Snapshot,
  TenantSnapshot,
  TokenTrust,
} from '#kernel/snapshot.ts';

export interface TenantInput {
  readonly tenant: string;
  readonly documents: readonly Pick<StoredDocument, 'kind' | 'name' | 'spec'>[];
  readonly catalogue: readonly CatalogueEntry[];
  readonly secrets: readonly SealedSecret[];
}

export interface CompileInput {
  readonly kinds: readonly DocumentKind<unknown>[];
  readonly tenants: readonly TenantInput[];
  readonly epoch: number;
  readonly number: number;
  readonly tokens: TokenTrust;
  readonly now: number;
}

export type Compiled =
  | { readonly kind: 'compiled'; readonly snapshot: Snapshot }
  | { readonly kind: 'problems'; readonly problems: readonly { readonly message: string }[] };

/** Documents, pins and secrets become one immutable Snapshot, named by what it says. */
export function compileSnapshot(input: CompileInput): Compiled {
  const problems: { message: string }[] = [];
  const tenants = Object.fromEntries(
    input.tenants.map((one) => [one.tenant, compileTenant(one, input.kinds, problems)]),
  );
  if (problems.length > 0) return { kind: 'problems', problems };
  const content = { epoch: input.epoch, tenants, tokens: input.tokens };
  const plain = withoutUndefined(content) as unknown as JsonObject;
  return {
    kind: 'compiled',
    snapshot: {
      ...content,
      number: input.number,
      createdAt: input.now,
      digest: sha256Hex(canonicalText(plain)),
    },
  };
}

function compileTenant(
  input: TenantInput,
  kinds: CompileInput['kinds'],
  problems: { message: string }[],
): TenantSnapshot {
  const entries = input.documents.flatMap((document) => {
    const read = kinds
      .find(({ kind }) => kind === document.kind)
      ?.parse(document.name, document.spec);
    if (read?.kind === 'parsed')
      return [{ ...document, entry: read.entry, references: read.references }];
    const what = `${document.kind} \`${document.name}\``;
    const why =
      read === undefined
        ? ['unknown kind']
        : read.problems.map(({ path, message }) => `${path.join('.')}: ${message}`);
    for (const one of why) problems.push({ message: `${what}: ${one}` });
    return [];
  });
  const known = new Set(entries.map(({ kind, name }) => `${kind} ${name}`));
  for (const { kind, name, references } of entries) {
    for (const to of references) {
      if (!known.has(`${to.kind} ${to.name}`)) {
        problems.push({ message: `${kind} \`${name}\`: there is no ${to.kind} \`${to.name}\`` });
      }
    }
  }
  const table = <T>(kind: string) =>
    byName(entries.filter((one) => one.kind === kind).map(({ name, entry }) => [name, entry as T]));
  return {
    tenant: input.tenant,
    agents: table<AgentEntry>('Agent'),
    manifests: table<ManifestEntry>('Manifest'),
    servers: table<ServerEntry>('ToolServer'),
    policies: Object.values(table<PolicyEntry>('Policy')),
    secrets: byName(input.secrets.map((secret) => [secret.name, secret])),
    pins: pinsOf(input.catalogue),
  };
}

/** Sorted, so that the order of documents never shows in the digest. */
function byName<T>(pairs: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.fromEntries([...pairs].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function pinsOf(catalogue: readonly CatalogueEntry[]): Record<string, Record<string, PinnedTool>> {
  const pins: Record<string, Record<string, PinnedTool>> = {};
  for (const { server, tool, pinned } of catalogue) {
    if (pinned === undefined) continue;
    pins[server] = { ...pins[server], [tool]: pinned };
  }
  return pins;
}

/** Undefined has no place in JSON; where it stands for "not set" it is left out. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, withoutUndefined(item)]),
  );
}
