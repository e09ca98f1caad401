import type { DocumentKind, DocumentReference, TenantFacts } from '#contracts/document-kind.ts';
import type { NamedEntry, Section } from '#contracts/section.ts';
import type { AgentReview } from '#contracts/oversight-book.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type {
  PinnedTool,
  SealedSecret,
  Snapshot,
  TenantSnapshot,
  TokenTrust,
} from '#kernel/snapshot.ts';
import { plain, table } from './plain.ts';
import { compareText, type CompileProblem } from './problem.ts';
import { type Declared, declare, strayReference } from './references.ts';

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
    /** Whose it is, where it is stored; one that was just loaded is of the folder. */
    readonly owner?: 'folder' | 'api';
  }[];
  readonly pins: readonly ServerPin[];
  readonly secrets: readonly SealedSecret[];
  /** Agents that are suspended whatever their document says. */
  readonly suspended?: readonly string[];
  readonly reviews?: readonly AgentReview[];
}

export interface CompileOptions {
  readonly kinds: readonly DocumentKind[];
  readonly tenants: readonly TenantSource[];
  readonly epoch: number;
  readonly number: number;
  readonly tokens: TokenTrust;
  readonly now: number;
  /** Which environment this is, and the document that declares it. */
  readonly environment?: DocumentReference | undefined;
}

export type Compiled =
  | { readonly kind: 'compiled'; readonly snapshot: Snapshot }
  | { readonly kind: 'problems'; readonly problems: readonly CompileProblem[] };

/** Everything that the data plane reads, from what is stored. Pure; any problem is no Snapshot. */
export function compileSnapshot(options: CompileOptions): Compiled {
  checkSections(options.kinds);
  const problems: CompileProblem[] = [];
  const tenants = options.tenants.map((source) => compileTenant(options, source, problems));
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

/** What stands in a tenant's Snapshot whatever kinds of documents there are. */
const kept = [
  'tenant',
  'secrets',
  'pins',
  'judgedPolicies',
  'judgedShadow',
] as const satisfies readonly (keyof TenantSnapshot)[];

/** INVARIANT: each kind has a place of its own; what one could overwrite would not be enforced. */
function checkSections(kinds: readonly DocumentKind[]): void {
  const taken = new Set<string>(kept);
  for (const { kind, section } of kinds) {
    if (taken.has(section.name) || section.name in {}) {
      throw new TypeError(`the section \`${section.name}\` of the kind ${kind} is taken`);
    }
    taken.add(section.name);
  }
}

type Say = (message: string, suggestedAction: string) => void;

/** Entries by the kind that they are of. */
type Entries = Map<DocumentKind, NamedEntry[]>;

function compileTenant(
  { kinds, now, environment }: Pick<CompileOptions, 'kinds' | 'now' | 'environment'>,
  source: TenantSource,
  problems: CompileProblem[],
): TenantSnapshot {
  const entries: Entries = new Map(kinds.map((kind) => [kind, []]));
  const facts = {
    suspended: new Set(source.suspended ?? []),
    reviewed: new Map((source.reviews ?? []).map((one) => [one.agent, one])),
    now,
    environment: environment?.name,
  };
  const names = new Set(source.documents.map(({ kind, name }) => `${kind}/${name}`));
  if (names.size < source.documents.length) reportTwice(source, problems);
  const declared: Declared = new Map();
  const references: References[] = [];
  for (const { kind, name, spec } of source.documents) {
    const say: Say = (message, suggestedAction) =>
      void problems.push({
        tenant: source.tenant,
        kind,
        name,
        message: `${kind} \`${name}\`: ${message}`,
        suggestedAction,
      });
    const own = kinds.find((one) => one.kind === kind);
    if (own === undefined) say('this is no kind of document', 'remove the document');
    else compileDocument({ own, facts, entries, declared, references, say }, name, spec);
  }
  if (environment !== undefined)
    references.push({ to: environment, say: startedWith(source, problems) });
  for (const { to, say } of references) {
    const stray = strayReference(to, names, declared);
    if (stray === undefined) continue;
    say(`\`${to.path.join('.')}\`: ${stray.message}`, stray.suggestedAction);
  }
  return tenantSnapshot(source, entries);
}

interface References {
  readonly to: DocumentReference;
  readonly say: Say;
}

interface Into {
  readonly own: DocumentKind;
  readonly facts: TenantFacts;
  readonly entries: Entries;
  readonly declared: Declared;
  readonly references: References[];
  readonly say: Say;
}

function compileDocument(
  { own, facts, entries, declared, references, say }: Into,
  name: string,
  spec: JsonObject,
): void {
  const parsed = own.parse(name, spec);
  if (parsed.kind === 'problems') {
    for (const one of parsed.problems) say(one.message, one.suggestedAction);
    return;
  }
  const { entry } = parsed;
  const held = own.compile === undefined ? entry : own.compile(entry, facts);
  if (held !== 'nothing') entries.get(own)?.push(held);
  const places = own.environments?.(entry) ?? [];
  if (facts.environment === undefined && places.length > 0) unnamed(say);
  declare(declared, own, entry);
  references.push(...parsed.references.map((to) => ({ to, say })));
}

/** INVARIANT: what holds in some places is neither in force everywhere nor nowhere because nobody said where this is. */
function unnamed(say: Say): void {
  const what = 'it names environments, and nobody said which one this is';
  say(what, 'start with `up --environment NAME`, or name none');
}

function startedWith({ tenant }: TenantSource, problems: CompileProblem[]): Say {
  return (message, suggestedAction) =>
    void problems.push({ tenant, kind: 'Environment', name: '', message, suggestedAction });
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
        message: `there are two documents \`${key}\`${whereFrom(source, kind, name)}`,
        suggestedAction: 'rename or remove one of them',
      });
    }
    known.add(key);
  }
}

/** INVARIANT: the folder never takes the place of what the API owns, so it says how to take that out. */
function whereFrom({ documents }: TenantSource, kind: string, name: string): string {
  const both = documents.filter((one) => one.kind === kind && one.name === name);
  if (!both.some(({ owner }) => owner === 'api')) return '';
  const remove =
    kind === 'ToolServer'
      ? `\`bailiwick server remove ${name}\`, with what was approved of it`
      : `\`POST /v1/documents/${kind}/${name}/remove\``;
  return `: one is in the folder, the other is in the store, from the API, a command or \`bailiwick adopt\`; take that one out (${remove}; \`adopt FILE --undo\` where it was adopted), or give the one in the folder another name`;
}

function tenantSnapshot(source: TenantSource, entries: Entries): TenantSnapshot {
  const sections = Object.fromEntries(
    [...entries]
      // A kind that nobody uses leaves no trace: a newer version's Snapshot is the same without it.
      .filter(([, all]) => all.length > 0)
      .map(([{ section }, all]) => [section.name, sectionOf(section, all)]),
  );
  const named = { agents: {}, manifests: {}, servers: {}, policies: [], ...sections };
  return {
    ...named,
    tenant: source.tenant,
    secrets: table(source.secrets, ({ name }) => name),
    pins: pinsOf(source.pins, Object.keys(named.servers)),
  };
}

function sectionOf({ form }: Section<NamedEntry>, entries: readonly NamedEntry[]): unknown {
  const sorted = entries.toSorted((a, b) => compareText(a.name, b.name));
  return form === 'list' ? sorted : table(sorted, ({ name }) => name);
}

/** Of servers that a document still names. A quarantined tool keeps its pin: the overlay stops it. */
function pinsOf(pinned: readonly ServerPin[], servers: readonly string[]): TenantSnapshot['pins'] {
  const byServer = new Map<string, PinnedTool[]>(servers.map((name) => [name, []]));
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
