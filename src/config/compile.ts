import type { DocumentKind, DocumentReference } from '#contracts/document-kind.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
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
import { plain, table } from './plain.ts';
import { compareText, type CompileProblem } from './problem.ts';

/** What somebody said yes to, of which server. */
export interface ServerPin {
  readonly server: string;
  readonly pinned: PinnedTool;
}

export interface TenantSource {
  readonly tenant: string;
  /** Stored or just loaded; their order does not matter. */
  readonly documents: readonly {
    readonly kind: string;
    readonly name: string;
    readonly spec: JsonObject;
  }[];
  readonly pins: readonly ServerPin[];
  readonly secrets: readonly SealedSecret[];
  /** Agents that are suspended whatever their document says. */
  readonly suspended?: readonly string[];
}

export interface CompileOptions {
  readonly kinds: readonly DocumentKind<unknown>[];
  readonly tenants: readonly TenantSource[];
  readonly epoch: number;
  readonly number: number;
  readonly tokens: TokenTrust;
  readonly now: number;
}

export type Compiled =
  | { readonly kind: 'compiled'; readonly snapshot: Snapshot }
  | { readonly kind: 'problems'; readonly problems: readonly CompileProblem[] };

/** Everything that the data plane reads, from what is stored. Pure; any problem is no Snapshot. */
export function compileSnapshot(options: CompileOptions): Compiled {
  const problems: CompileProblem[] = [];
  const tenants = options.tenants.map((source) => compileTenant(options.kinds, source, problems));
  if (problems.length > 0) return { kind: 'problems', problems: problems.sort(byName) };
  const body: Pick<Snapshot, 'epoch' | 'tenants' | 'tokens'> = {
    epoch: options.epoch,
    tenants: table(tenants, ({ tenant }) => tenant),
    tokens: options.tokens,
  };
  const data = plain(body);
  const digest = sha256Hex(canonicalBytes(data));
  const head = { number: options.number, createdAt: options.now, digest };
  // What `plain` leaves out is undefined, which every reader of a Snapshot takes it for.
  return { kind: 'compiled', snapshot: { ...(data as unknown as typeof body), ...head } };
}

interface Entries {
  readonly agents: AgentEntry[];
  readonly manifests: ManifestEntry[];
  readonly servers: ServerEntry[];
  readonly policies: PolicyEntry[];
}

type Say = (message: string, suggestedAction: string) => void;

function compileTenant(
  kinds: readonly DocumentKind<unknown>[],
  source: TenantSource,
  problems: CompileProblem[],
): TenantSnapshot {
  const entries: Entries = { agents: [], manifests: [], servers: [], policies: [] };
  const names = new Set(source.documents.map(({ kind, name }) => `${kind}/${name}`));
  if (names.size < source.documents.length) reportTwice(source, problems);
  for (const { kind, name, spec } of source.documents) {
    const say: Say = (message, suggestedAction) =>
      void problems.push({
        tenant: source.tenant,
        kind,
        name,
        message: `${kind} \`${name}\`: ${message}`,
        suggestedAction,
      });
    const parsed = kinds.find((one) => one.kind === kind)?.parse(name, spec);
    if (parsed === undefined) say('this is no kind of document', 'remove the document');
    else if (parsed.kind === 'problems') {
      for (const one of parsed.problems) say(one.message, one.suggestedAction);
    } else {
      place(entries, kind, parsed.entry, say);
      checkReferences(names, parsed.references, say);
    }
  }
  return tenantSnapshot(source, entries);
}

/** What the Snapshot has room for. A plane's kind parses to the kernel's entry of the same name. */
function place(entries: Entries, kind: string, entry: unknown, say: Say): void {
  switch (kind) {
    case 'Agent':
      entries.agents.push(entry as AgentEntry);
      return;
    case 'Manifest':
      entries.manifests.push(entry as ManifestEntry);
      return;
    case 'ToolServer':
      entries.servers.push(entry as ServerEntry);
      return;
    case 'Policy':
      entries.policies.push(entry as PolicyEntry);
      return;
    default:
      // INVARIANT: a control that is configured but not enforced is an error, never ignored.
      say('the Snapshot has no room for this kind', 'remove the document');
  }
}

function checkReferences(
  names: ReadonlySet<string>,
  references: readonly DocumentReference[],
  say: Say,
): void {
  for (const { kind, name, path } of references) {
    if (names.has(`${kind}/${name}`)) continue;
    say(`\`${path.join('.')}\`: no ${kind} is called \`${name}\``, 'add it, or correct the name');
  }
}

function reportTwice(source: TenantSource, problems: CompileProblem[]): void {
  const known = new Set<string>();
  for (const { kind, name } of source.documents) {
    const key = `${kind}/${name}`;
    if (known.has(key)) {
      problems.push({
        tenant: source.tenant,
        kind,
        name,
        message: `there are two documents \`${key}\``,
        suggestedAction: 'rename or remove one of them',
      });
    }
    known.add(key);
  }
}

function tenantSnapshot(source: TenantSource, entries: Entries): TenantSnapshot {
  const suspended = new Set(source.suspended ?? []);
  const agents = entries.agents.map((agent) =>
    suspended.has(agent.name) ? { ...agent, suspended: true } : agent,
  );
  return {
    tenant: source.tenant,
    agents: table(agents, ({ name }) => name),
    manifests: table(entries.manifests, ({ name }) => name),
    servers: table(entries.servers, ({ name }) => name),
    policies: entries.policies.sort((a, b) => compareText(a.name, b.name)),
    secrets: table(source.secrets, ({ name }) => name),
    pins: pinsOf(source.pins, entries.servers),
  };
}

/** Of servers that a document still names. A quarantined tool keeps its pin: the overlay stops it. */
function pinsOf(
  pinned: readonly ServerPin[],
  servers: readonly ServerEntry[],
): TenantSnapshot['pins'] {
  const byServer = new Map<string, PinnedTool[]>(servers.map(({ name }) => [name, []]));
  for (const { server, pinned: tool } of pinned) byServer.get(server)?.push(tool);
  const pins = [...byServer].map(([server, tools]) => ({
    server,
    tools: table(tools, ({ tool }) => tool),
  }));
  return table(
    pins,
    ({ server }) => server,
    ({ tools }) => tools,
  );
}

function byName(a: CompileProblem, b: CompileProblem): number {
  return (
    compareText(a.tenant, b.tenant) || compareText(a.kind, b.kind) || compareText(a.name, b.name)
  );
}
