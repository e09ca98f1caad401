import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Clock } from '#kernel/time.ts';
import type { Recorder } from './door.ts';

/** How long a log is, by its signed checkpoint. */
export interface LogState {
  readonly tenant: string;
  readonly origin: string;
  readonly size: number;
  /** In hex. */
  readonly root: string;
  /** Set of one that is gone, and of which people said that it is to be missed no more. */
  readonly accepted?: AcceptedLoss;
}

export interface AcceptedLoss {
  readonly by: string;
  readonly at: string;
}

/** A log that was noted and is not what it was. */
export interface MissingLog {
  readonly origin: string;
  readonly noted: number;
  /** Undefined when the log is not there at all. */
  readonly found: number | undefined;
}

export interface LogDirectory {
  missing(tenant: string): readonly MissingLog[];
  /** Those that are gone, and that nobody misses any more. */
  accepted(tenant: string): readonly LogState[];
  /** On record in the directory first; then it is missed no more, also by lives to come. */
  accept(
    tenant: string,
    loss: AcceptedLoss & { readonly draft: RecordDraft; readonly origin: string },
  ): Promise<string>;
  /** Notes logs that are new at once, others when it is due or when it is the last look. */
  look(isLast?: boolean): Promise<void>;
  /** Says in another log how long each directory is by now: what the last look wrote is signed by then. */
  lastHeads(): Promise<void>;
}

export interface LogDirectoryParts {
  /** Of the logs that say which logs there are. */
  readonly directory: Pick<Recorder, 'recordAll'>;
  readonly recorder: Pick<Recorder, 'record' | 'writer'>;
  /** All logs but directories. */
  readonly logs: () => readonly LogState[];
  /** The directories themselves. */
  readonly directories: () => readonly LogState[];
  /** What was noted by earlier lives. */
  readonly noted: readonly LogState[];
  /** Under which name the directory of a tenant is found. */
  readonly originOf: (tenant: string) => string;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/**
 * Says, in a log of its own, which logs a tenant has and how long each is. INVARIANT: what was noted
 * once is never left out again: a log that goes, or shrinks, is missed for as long as it is so.
 */
export function createLogDirectory(parts: LogDirectoryParts): LogDirectory {
  const book = new Book(parts);
  let running: Promise<void> = Promise.resolve();
  return {
    missing: (tenant) => book.missing(tenant),
    accepted: (tenant) => book.accepted(tenant),
    accept(tenant, loss) {
      const accepting = running.catch(() => undefined).then(() => book.accept(tenant, loss));
      // Whoever accepts hears of the fault; the next look goes on.
      running = accepting.then(
        () => undefined,
        () => undefined,
      );
      return accepting;
    },
    look: (isLast = false) =>
      (running = running.catch(() => undefined).then(() => book.look(isLast))),
    lastHeads: () => (running = running.catch(() => undefined).then(() => book.noteHeads(true))),
  };
}

interface Tenant {
  readonly noted: Map<string, LogState>;
  /** Told on record already by this life. */
  readonly told: Set<string>;
  missing: readonly MissingLog[];
  /** When it was written last; undefined before that. */
  writtenAt: number | undefined;
  /** This life has said in another log that it is there. */
  isOpened: boolean;
  /** Its root, as it was said in another log last, and when. */
  head: { readonly root: string; readonly at: number } | undefined;
  /** Records of such heads since it was written last: they make another log longer, and are no reason to write. */
  headsSince: number;
}

class Book {
  readonly #parts: LogDirectoryParts;
  readonly #tenants = new Map<string, Tenant>();

  constructor(parts: LogDirectoryParts) {
    this.#parts = parts;
    for (const state of parts.noted) {
      this.#tenant(state.tenant).noted.set(state.origin, state);
    }
  }

  missing(tenant: string): readonly MissingLog[] {
    return this.#tenants.get(tenant)?.missing ?? [];
  }

  accepted(tenant: string): readonly LogState[] {
    const noted = this.#tenants.get(tenant)?.noted ?? new Map<string, LogState>();
    return [...noted.values()].filter((state) => state.accepted !== undefined);
  }

  async accept(
    name: string,
    { by, at, origin, draft }: Parameters<LogDirectory['accept']>[1],
  ): Promise<string> {
    const tenant = this.#tenant(name);
    const noted = tenant.noted.get(origin);
    if (noted === undefined) throw new BailiwickError('api/not-found');
    const [record] = await this.#parts.directory.recordAll([draft]);
    tenant.noted.set(origin, { ...noted, accepted: { by, at } });
    tenant.missing = tenant.missing.filter((one) => one.origin !== origin);
    // So that the newest word of the directory has it, from which the next life goes on.
    await this.#note(name, tenant, []);
    return record?.id ?? '';
  }

  async look(isLast: boolean): Promise<void> {
    const found = Map.groupBy(this.#parts.logs(), ({ tenant }) => tenant);
    for (const name of found.keys()) this.#tenant(name);
    const faults: unknown[] = [];
    for (const [name, tenant] of this.#tenants) {
      const states = found.get(name) ?? [];
      // INVARIANT: what goes wrong with one tenant's directory holds up no other.
      await this.#lookAt(name, tenant, { states, isLast }).catch((fault: unknown) => {
        faults.push(fault);
      });
    }
    if (faults.length > 0) throw faults[0];
    await this.noteHeads(isLast);
  }

  /** Each that changed, at most once a minute: one that was put back does not have the root that was said of it. */
  async noteHeads(isLast: boolean): Promise<void> {
    const { recorder, clock, directories, originOf } = this.#parts;
    for (const { tenant: name, origin, size, root } of directories()) {
      const tenant = this.#tenant(name);
      const now = clock.monotonic();
      // Of an earlier life under another name nothing changes any more.
      if (origin !== originOf(name) || tenant.head?.root === root) continue;
      if (!isLast && now - (tenant.head?.at ?? Number.NEGATIVE_INFINITY) < headEveryMs) continue;
      await recorder.record(headDraft(name, recorder.writer, { origin, size, root }));
      tenant.head = { root, at: now };
      tenant.headsSince += 1;
    }
  }

  async #lookAt(
    name: string,
    tenant: Tenant,
    { states, isLast }: { readonly states: readonly LogState[]; readonly isLast: boolean },
  ): Promise<void> {
    await this.#miss(name, tenant, states);
    if (this.#isDue(tenant, states, isLast)) await this.#note(name, tenant, states);
  }

  #tenant(name: string): Tenant {
    const known = this.#tenants.get(name);
    if (known !== undefined) return known;
    const begun = { noted: new Map(), told: new Set<string>(), missing: [], isOpened: false };
    const tenant: Tenant = { ...begun, writtenAt: undefined, head: undefined, headsSince: 0 };
    this.#tenants.set(name, tenant);
    return tenant;
  }

  async #miss(name: string, tenant: Tenant, states: readonly LogState[]): Promise<void> {
    const here = new Map(states.map((state) => [state.origin, state]));
    tenant.missing = [...tenant.noted.values()]
      .filter((noted) => !goesOn(noted, here.get(noted.origin)) && !isAccepted(noted, here))
      .map(({ origin, size }) => ({ origin, noted: size, found: here.get(origin)?.size }));
    for (const one of tenant.missing) {
      if (tenant.told.has(one.origin)) continue;
      await this.#parts.recorder.record(missingDraft(name, this.#parts.recorder.writer, one));
      tenant.told.add(one.origin);
    }
  }

  #isDue(tenant: Tenant, states: readonly LogState[], isLast: boolean): boolean {
    const { noted, writtenAt } = tenant;
    if (states.some(({ origin }) => !noted.has(origin))) return true;
    const growth = states.map(({ origin, size }) => size - (noted.get(origin)?.size ?? 0));
    const grown = growth.reduce((sum, more) => sum + Math.max(0, more), 0);
    if (grown <= tenant.headsSince) return false;
    const since = this.#parts.clock.monotonic() - (writtenAt ?? Number.NEGATIVE_INFINITY);
    return isLast || since >= limits.directoryEveryMs;
  }

  async #note(name: string, tenant: Tenant, states: readonly LogState[]): Promise<void> {
    const next = new Map(tenant.noted);
    for (const state of states) {
      // One that shrank, or is another, stays noted as it was.
      const noted = next.get(state.origin);
      if (noted === undefined || goesOn(noted, state)) next.set(state.origin, state);
    }
    const { directory, recorder, originOf, clock } = this.#parts;
    await directory.recordAll(directoryDrafts(name, recorder.writer, [...next.values()]));
    for (const [origin, state] of next) tenant.noted.set(origin, state);
    tenant.writtenAt = clock.monotonic();
    tenant.headsSince = 0;
    if (tenant.isOpened) return;
    // In another log, by each life, so that a directory that is gone is missed too; after it, so that it
    // is never missed before it is there.
    await recorder.record(openedDraft(name, recorder.writer, originOf(name)));
    tenant.isOpened = true;
  }
}

/** INVARIANT: what was accepted is that it is gone; one that is there again, and not what it was, is missed. */
function isAccepted({ accepted, origin }: LogState, here: ReadonlyMap<string, LogState>): boolean {
  return accepted !== undefined && !here.has(origin);
}

function goesOn(noted: LogState, found: LogState | undefined): boolean {
  if (found === undefined || found.size < noted.size) return false;
  return found.size > noted.size || found.root === noted.root;
}

/** INVARIANT: seldom enough to be kept for years; at a stop it is said all the same. */
export const headEveryMs = 60_000;

/** So many lines of a log stand in one record. */
const logsARecord = 200;

function directoryDrafts(
  tenant: string,
  writer: string,
  logs: readonly LogState[],
): readonly RecordDraft[] {
  const parts = Math.ceil(logs.length / logsARecord);
  return Array.from({ length: parts }, (_, at) => ({
    type: 'log.directory',
    tenant,
    actors: [{ kind: 'system', name: writer }],
    details: {
      part: at + 1,
      parts,
      logs: logs
        .slice(at * logsARecord, (at + 1) * logsARecord)
        .map(({ origin, size, root, accepted }) => ({
          origin,
          size,
          root,
          ...(accepted === undefined ? {} : { accepted: { ...accepted } }),
        })),
    },
  }));
}

function openedDraft(tenant: string, writer: string, origin: string): RecordDraft {
  const actors = [{ kind: 'system', name: writer }] as const;
  return { type: 'log.opened', tenant, actors, details: { origin, is: 'directory' } };
}

function headDraft(
  tenant: string,
  writer: string,
  head: Pick<LogState, 'origin' | 'size' | 'root'>,
): RecordDraft {
  const actors = [{ kind: 'system', name: writer }] as const;
  return { type: 'log.directory-head', tenant, actors, details: { ...head } };
}

function missingDraft(tenant: string, writer: string, missing: MissingLog): RecordDraft {
  const { origin, noted, found } = missing;
  const actors = [{ kind: 'system', name: writer }] as const;
  return { type: 'log.missing', tenant, actors, details: { origin, noted, found: found ?? null } };
}
