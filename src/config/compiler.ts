import type { DocumentKind } from '#contracts/document-kind.ts';
import type { DocumentStore, StoredDocument } from '#contracts/document-store.ts';
import {
  type CompiledConfiguration,
  type Configuration,
  type PartProblem,
  partProblemText,
} from '#contracts/plane-part.ts';
import type { SecretBook } from '#contracts/secret-book.ts';
import type { SnapshotFeed } from '#contracts/snapshot-feed.ts';
import type { ToolCatalogue } from '#contracts/tool-catalogue.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Snapshot, TokenTrust } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import { changedDocuments, problemsAgainstPins } from './against-pins.ts';
import { compileSnapshot } from './compile.ts';
import { loadDocuments } from './load.ts';
import { untilInForce } from './until-in-force.ts';

/** What a Snapshot is made from, and where it goes. */
export interface CompilerStore {
  readonly documents: Pick<DocumentStore, 'list' | 'replaceAll'>;
  readonly catalogue: Pick<ToolCatalogue, 'pins'>;
  readonly secrets: Pick<SecretBook, 'list'>;
  readonly snapshots: Pick<SnapshotFeed, 'current' | 'publish'>;
}

export interface CompilerParts {
  readonly store: CompilerStore;
  readonly kinds: readonly DocumentKind[];
  /** What every plane makes of a Snapshot; touches nothing that is in force. */
  readonly compile: (
    snapshot: Snapshot,
    before: Configuration | undefined,
  ) => Promise<CompiledConfiguration>;
  /** As gateways are given it. */
  readonly carried: (configuration: Configuration) => Snapshot;
  readonly record: (draft: RecordDraft) => Promise<unknown>;
  readonly clock: Clock;
  readonly tenant: string;
  readonly trust: () => TokenTrust;
  /** Sees to what must be there before the Snapshot is in force. */
  readonly beforePublish: (next: Snapshot) => Promise<void>;
  /** What each gateway said of itself last. */
  readonly gateways: () => readonly JsonObject[];
}

export interface Compiler {
  readonly current: () => Snapshot | undefined;
  readonly configuration: () => Configuration | undefined;
  /** Why what is stored is not in force; empty when it is. */
  readonly problems: () => readonly string[];
  /** Reads the folder into the store, all or nothing; every problem with file and line. */
  loadFolder(folder: string): Promise<void>;
  /** Compiles as if this document were stored; rejects with every problem, changes nothing. */
  rehearse(tenant: string, document: StoredDocument): Promise<void>;
  /**
   * Documents, pins and secrets become the next Snapshot; nothing changes when one has a problem.
   * Resolves once it is in force where calls are judged.
   */
  recompile(): Promise<Snapshot>;
}

export function createCompiler(parts: CompilerParts): Compiler {
  let configuration: Configuration | undefined;
  const current = () => configuration?.snapshot;
  let last: Promise<unknown> = Promise.resolve();
  let problems: readonly string[] = [];
  let places: Places = new Map();
  const compile = async (): Promise<Snapshot> => {
    const before = current();
    const next = await compileNext(parts, before);
    if (before !== undefined && next.digest === before.digest) return before;
    const compiled = await parts.compile(next, configuration);
    if (compiled.kind === 'refused') throw refused(compiled.problems, places);
    await recordApplied(parts, next);
    // An agent that is served has a task: before its document is in force.
    await parts.beforePublish(next);
    await parts.store.snapshots.publish(parts.carried(compiled.configuration));
    ({ configuration } = compiled);
    return next;
  };
  return {
    current,
    configuration: () => configuration,
    problems: () => problems,
    async loadFolder(folder) {
      places = await loadFolder(parts, folder);
    },
    rehearse: (tenant, document) => rehearse(parts, configuration, { tenant, document }),
    // One after the other: two changes at once must not publish out of order.
    recompile() {
      const run = last.then(compile, compile);
      last = run.then(
        () => void (problems = []),
        (fault: unknown) => void (problems = problemsOf(fault) ?? problems),
      );
      return run.then(async (snapshot) => {
        await untilInForce(parts.gateways, snapshot.number);
        return snapshot;
      });
    },
  };
}

async function rehearse(
  parts: CompilerParts,
  current: Configuration | undefined,
  { tenant, document }: { readonly tenant: string; readonly document: StoredDocument },
): Promise<void> {
  // Documents of a tenant that nothing is compiled for yet stand alone.
  if (tenant !== parts.tenant) return;
  const pins = await parts.store.catalogue.pins(tenant);
  const problems = problemsAgainstPins(parts.kinds, [document], pins);
  if (problems.length > 0) throw invalid(problems);
  const next = await compileNext(parts, current?.snapshot, document);
  const compiled = await parts.compile(next, current);
  if (compiled.kind === 'refused') throw refused(compiled.problems, new Map());
}

/** Where each document of the folder stands, by kind and name. */
type Places = ReadonlyMap<string, string>;

function problemsOf(fault: unknown): readonly string[] | undefined {
  if (!(fault instanceof BailiwickError) || fault.code !== 'config/invalid') return undefined;
  const problems = fault.details?.['problems'];
  return Array.isArray(problems) ? problems.map(String) : [fault.message];
}

async function compileNext(
  parts: CompilerParts,
  before: Snapshot | undefined,
  added?: StoredDocument,
): Promise<Snapshot> {
  const { store, tenant, clock } = parts;
  const stored = await store.documents.list(tenant);
  const documents =
    added === undefined
      ? stored
      : [...stored.filter(({ kind, name }) => kind !== added.kind || name !== added.name), added];
  const published = before ?? (await store.snapshots.current()).snapshot;
  const compiled = compileSnapshot({
    kinds: parts.kinds,
    tenants: [
      {
        tenant,
        documents,
        pins: await store.catalogue.pins(tenant),
        secrets: await store.secrets.list(tenant),
      },
    ],
    epoch: published?.epoch ?? 1,
    number: (published?.number ?? 0) + 1,
    tokens: parts.trust(),
    now: clock.now(),
  });
  if (compiled.kind === 'problems') {
    throw invalid(compiled.problems.map(({ message }) => message));
  }
  return compiled.snapshot;
}

async function loadFolder(parts: CompilerParts, folder: string): Promise<Places> {
  const stored = await parts.store.documents.list(parts.tenant);
  const loaded = loadDocuments({
    folder,
    kinds: parts.kinds,
    tenant: parts.tenant,
    // A document of the folder may refer to one that the API owns.
    elsewhere: stored.filter(({ owner }) => owner === 'api'),
  });
  const changed = changedDocuments(loaded.documents, stored);
  const pins = await parts.store.catalogue.pins(parts.tenant);
  const problems = [
    ...loaded.problems.map(
      ({ file, line, message, suggestedAction }) =>
        `${file}:${line}: ${message} (${suggestedAction})`,
    ),
    ...problemsAgainstPins(parts.kinds, changed, pins),
  ];
  if (problems.length > 0) {
    await parts.record({
      type: 'config.refused',
      tenant: parts.tenant,
      actors: [{ kind: 'system', name: 'system/config' }],
      details: { problems: problems.length },
    });
    throw invalid(problems);
  }
  await parts.store.documents.replaceAll({
    tenant: parts.tenant,
    owner: 'folder',
    documents: loaded.documents,
    by: 'folder',
    now: parts.clock.now(),
  });
  return new Map(
    loaded.documents.map(({ kind, name, file, line }) => [`${kind}/${name}`, `${file}:${line}`]),
  );
}

async function recordApplied(parts: CompilerParts, snapshot: Snapshot): Promise<void> {
  await parts.record({
    type: 'config.applied',
    tenant: parts.tenant,
    actors: [{ kind: 'system', name: 'system/config' }],
    snapshot: snapshot.digest,
    details: { number: snapshot.number },
  });
}

function refused(problems: readonly PartProblem[], places: Places): BailiwickError {
  return invalid(
    problems.map((problem) => {
      const { document } = problem;
      const place = document && places.get(`${document.kind}/${document.name}`);
      const where = place === undefined ? '' : ` (the document stands at ${place})`;
      return `${partProblemText(problem)}${where}`;
    }),
  );
}

function invalid(problems: readonly string[]): BailiwickError {
  return new BailiwickError('config/invalid', { details: { problems } });
}
