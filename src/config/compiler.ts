import { documentsDigest } from '#contracts/document-change.ts';
import type { RecordedChange } from '#contracts/document-kind.ts';
import type { StoredDocument } from '#contracts/document-store.ts';
import { type CompiledConfiguration, type Configuration } from '#contracts/plane-part.ts';
import type { RiskWorld } from '#contracts/document-risk.ts';
import { entriesOf, entryOf } from '#contracts/section.ts';
import type { Snapshot, TenantSnapshot } from '#kernel/snapshot.ts';
import { createTurns } from '#kernel/turns.ts';
import {
  invalid,
  keepDocuments,
  type Places,
  problemsOf,
  readDocuments,
  type ReadDocuments,
  recordRefused,
  refused,
} from './folder.ts';
import { type Changed, checkBeside, compileNext, type CompilerParts } from './next-snapshot.ts';
import { keyOf, type Step, type Wanted, withSteps } from './plan.ts';
import { alterTenant, proposeDocuments } from './propose.ts';
import { untilInForce } from './until-in-force.ts';

export interface Compiler {
  readonly current: () => Snapshot | undefined;
  readonly configuration: () => Configuration | undefined;
  /** Why what is stored is not in force; empty when it is. */
  readonly problems: () => readonly string[];
  /**
   * Reads the folder into the store, all or nothing; every problem with file and line. Where it says otherwise than
   * the API of a document that the API owns, what is stored stays, and that is told.
   */
  loadFolder(folder: string): Promise<void>;
  /**
   * The same while it serves: what would not come into force is not stored either, and its problems are
   * told until a later try succeeds. `isSame`: nobody wrote there meanwhile; undefined where somebody did.
   */
  applyFolder(folder: string, isSame: () => Promise<boolean>): Promise<Snapshot | undefined>;
  /** What lies in the folder was refused beside other documents than those of now: it may come into force. */
  mayComeNow(): Promise<boolean>;
  /**
   * One at a time for each tenant: what is rehearsed and then stored under it is stored beside what it was
   * rehearsed beside. INVARIANT: whoever stores documents, folder and people alike, does it under this.
   */
  alone<Answer>(tenant: string, act: () => Promise<Answer>): Promise<Answer>;
  /** Compiles as if this document were stored; rejects with every problem, changes nothing. */
  rehearse(tenant: string, document: StoredDocument): Promise<void>;
  /** Compiles as if all of it were so; answers what is in force beside what would be. */
  rehearseSteps(tenant: string, steps: readonly Step[]): Promise<RiskWorld>;
  /** What would be in force if these documents were so. Nothing changes; what is wrong is answered, not thrown. */
  propose(tenant: string, wanted: Wanted): Promise<CompiledConfiguration>;
  /** The same, of `base` with entries that are others: for whoever asks what would change an answer. */
  alter(
    base: Configuration,
    tenant: string,
    change: (entry: TenantSnapshot) => TenantSnapshot,
  ): Promise<CompiledConfiguration>;
  /** The same without this one. */
  rehearseWithout(tenant: string, kind: string, name: string): Promise<void>;
  /**
   * Documents, pins and secrets become the next Snapshot; nothing changes when one has a problem.
   * Resolves once it is in force where calls are judged.
   */
  recompile(): Promise<Snapshot>;
}

export function createCompiler(parts: CompilerParts): Compiler {
  let configuration: Configuration | undefined;
  const current = () => configuration?.snapshot;
  const turns = createTurns();
  let last: Promise<unknown> = Promise.resolve();
  let problems: readonly string[] = [];
  const told: FolderNow['told'] = { problems: [], beside: '' };
  let places: Places = new Map();
  const compile = async (): Promise<Snapshot> => {
    const before = current();
    const next = await compileNext(parts, before);
    if (before !== undefined && next.digest === before.digest) return before;
    const compiled = await parts.compile(next, configuration);
    if (compiled.kind === 'refused') throw refused(compiled.problems, places);
    await recordApplied(parts, next, before ?? (await parts.store.snapshots.current()).snapshot);
    // An agent that is served has a task: before its document is in force.
    await parts.beforePublish(next);
    await parts.store.snapshots.publish(await parts.carried(compiled.configuration));
    ({ configuration } = compiled);
    parts.onPublished?.(next);
    return next;
  };
  // One after the other: two changes at once must not publish out of order.
  const recompile = (): Promise<Snapshot> => {
    const run = last.then(compile, compile);
    last = run.then(
      () => void (problems = []),
      (fault: unknown) => void (problems = problemsOf(fault) ?? problems),
    );
    return run.then(async (snapshot) => {
      await untilInForce(parts.gateways, snapshot.number);
      return snapshot;
    });
  };
  const keep = async (read: ReadDocuments): Promise<void> => {
    await keepDocuments(parts, (await parts.held?.(read)) ?? read);
    ({ places } = read);
  };
  return {
    current,
    configuration: () => configuration,
    problems: () => [...told.problems, ...problems],
    rehearse: (tenant, document) => rehearse(parts, configuration, { tenant, document }),
    rehearseSteps: (tenant, steps) => rehearseSteps(parts, configuration, { tenant, steps }),
    propose: (tenant, wanted) => proposeDocuments(parts, configuration, { tenant, wanted }),
    alter: (base, tenant, change) => alterTenant(parts, base, { tenant, change }),
    recompile,
    async rehearseWithout(tenant, kind, name) {
      if (tenant === parts.tenant) await rehearseChanged(parts, configuration, without(kind, name));
    },
    loadFolder: (folder) => loadedFolder(parts, { folder, keep, told }),
    mayComeNow: async () => told.problems.length > 0 && told.beside !== (await besideOf(parts)),
    alone: (tenant, act) => turns.take(tenant, act),
    async applyFolder(folder, isSame) {
      const now = { current: () => configuration, folder, isSame, keep, told };
      const isStored = await turns.take(parts.tenant, () => storedFolder(parts, now));
      return isStored ? recompile() : undefined;
    },
  };
}

interface FolderNow {
  readonly current: () => Configuration | undefined;
  readonly folder: string;
  readonly isSame: () => Promise<boolean>;
  readonly keep: (read: ReadDocuments) => Promise<void>;
  /** Why what lies in the folder is not stored, and beside what it was looked at. */
  readonly told: { problems: readonly string[]; beside: string };
}

/** INVARIANT: what people did by the API while it served never keeps it from starting. */
async function loadedFolder(
  parts: CompilerParts,
  { folder, keep, told }: Pick<FolderNow, 'folder' | 'keep' | 'told'>,
): Promise<void> {
  const read = await toldOf(parts, async () => notEmptied(await readDocuments(parts, folder)));
  if (read.clashes.length === 0) return keep(read);
  await recordRefused(parts, invalid(read.clashes));
  Object.assign(told, { problems: read.clashes, beside: await besideOf(parts) });
}

/** False, and nothing is stored, where somebody wrote there meanwhile. */
async function storedFolder(parts: CompilerParts, now: FolderNow): Promise<boolean> {
  const { current, folder, isSame, keep, told } = now;
  try {
    const read = await rehearsedFolder(parts, current(), folder);
    if (!(await isSame())) return false;
    if (read.isChange) await keep(read);
    told.problems = [];
    return true;
  } catch (fault) {
    told.problems = problemsOf(fault) ?? told.problems;
    told.beside = await besideOf(parts);
    throw fault;
  }
}

async function besideOf({ store, tenant }: CompilerParts): Promise<string> {
  return documentsDigest(await store.documents.list(tenant));
}

/** Read, and compiled as if it were stored; what is refused is on record. */
function rehearsedFolder(
  parts: CompilerParts,
  current: Configuration | undefined,
  folder: string,
): Promise<ReadDocuments> {
  return toldOf(parts, async () => {
    const found = clear(await readDocuments(parts, folder));
    if (found.isChange) await rehearseFolder(parts, current, found);
    return found;
  });
}

async function toldOf<Read>(parts: CompilerParts, read: () => Promise<Read>): Promise<Read> {
  try {
    return await read();
  } catch (fault) {
    await recordRefused(parts, fault);
    throw fault;
  }
}

async function rehearseChanged(
  parts: CompilerParts,
  current: Configuration | undefined,
  changed: Changed,
): Promise<Snapshot> {
  const next = await compileNext(parts, current?.snapshot, changed);
  const compiled = await parts.compile(next, current);
  if (compiled.kind === 'refused') throw refused(compiled.problems, new Map());
  return next;
}

async function rehearse(
  parts: CompilerParts,
  current: Configuration | undefined,
  { tenant, document }: { readonly tenant: string; readonly document: StoredDocument },
): Promise<void> {
  // Documents of a tenant that nothing is compiled for yet stand alone.
  if (tenant !== parts.tenant) return;
  await checkBeside(parts, tenant, [document]);
  await rehearseChanged(parts, current, withOne(document));
}

async function rehearseSteps(
  parts: CompilerParts,
  current: Configuration | undefined,
  { tenant, steps }: { readonly tenant: string; readonly steps: readonly Step[] },
): Promise<RiskWorld> {
  if (tenant !== parts.tenant) return { before: undefined, after: undefined };
  const written = steps.flatMap(({ kind, name, spec }) => (spec ? [{ kind, name, spec }] : []));
  await checkBeside(parts, tenant, written);
  const next = await rehearseChanged(parts, current, (stored) => withSteps(stored, steps));
  return { before: current?.snapshot.tenants[tenant], after: next.tenants[tenant] };
}

/** Nothing is stored before all of it was compiled as if it were. */
async function rehearseFolder(
  parts: CompilerParts,
  current: Configuration | undefined,
  read: ReadDocuments,
): Promise<void> {
  const next = await compileNext(parts, current?.snapshot, withFolder(notEmptied(read)));
  const compiled = await parts.compile(next, current);
  if (compiled.kind === 'refused') throw refused(compiled.problems, read.places);
}

/** Nothing of a folder is stored of which a part would be the API's. */
function clear(read: ReadDocuments): ReadDocuments {
  if (read.clashes.length > 0) throw invalid(read.clashes);
  return read;
}

/** A folder that was taken away, or is being filled, must not take everything out of force: a start refuses too. */
function notEmptied(read: ReadDocuments): ReadDocuments {
  const isEmptied = read.isChange && read.documents.length === 0;
  if (isEmptied) throw invalid(['the folder holds no document any more']);
  return read;
}

function withOne(added: StoredDocument): Changed {
  return (stored) => [
    ...stored.filter(({ kind, name }) => kind !== added.kind || name !== added.name),
    added,
  ];
}

function without(gone: string, named: string): Changed {
  return (stored) => stored.filter(({ kind, name }) => kind !== gone || name !== named);
}

function withFolder({ documents, places }: ReadDocuments): Changed {
  const stays = (one: StoredDocument) => one.owner === 'api' && !places.has(keyOf(one));
  return (stored) => [...stored.filter(stays), ...documents];
}

/** INVARIANT: on record before it is in force: it may enforce less than what was. */
async function recordApplied(
  parts: CompilerParts,
  next: Snapshot,
  before: Snapshot | undefined,
): Promise<void> {
  const whose = {
    tenant: parts.tenant,
    actors: [{ kind: 'system', name: 'system/config' }],
    snapshot: next.digest,
  } as const;
  const [first = {}, ...more] = parts.alsoApplied?.(next) ?? [];
  for (const also of [first, ...more]) {
    const details = { number: next.number, ...also };
    await parts.record({ ...whose, type: 'config.applied', details });
  }
  for (const change of recordedChanges(parts, before, next)) {
    await parts.record({ ...whose, ...change });
  }
}

function recordedChanges(
  { kinds, tenant }: CompilerParts,
  before: Snapshot | undefined,
  next: Snapshot,
): readonly RecordedChange[] {
  return kinds.flatMap((kind) => {
    if (kind.recorded === undefined) return [];
    const entries = Object.values(entriesOf(next.tenants[tenant], kind.section));
    return entries.flatMap(
      (entry) =>
        kind.recorded?.(entryOf(before?.tenants[tenant], kind.section, entry.name), entry) ?? [],
    );
  });
}
