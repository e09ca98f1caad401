import { isArchiveName, type LogArchive, type OverlaidName } from '#contracts/log-archive.ts';
import { conflict, reached } from './ask-store.ts';
import { byName, firstVersions, type ObjectVersion, overlaidIn } from './versions.ts';

/** What an archive wants of a store of objects, in whose words ever it is asked. Rejections are told as `away`. */
export interface LockedStore {
  /** As an operator reads it. */
  readonly where: string;
  readonly enforcedBy: string;
  /** How long is kept what was not asked to be kept longer. */
  readonly keepMs: number;
  /** Rejects where nothing would keep what is put. */
  checkLocks(): Promise<void>;
  /** Under a lock that no credential passes by; `taken` when the name has a version that is not hidden. */
  put(name: string, bytes: Uint8Array, until: number): Promise<'stored' | 'taken'>;
  /** Never shorter. */
  extend(version: ObjectVersion, until: number): Promise<void>;
  /** Page by page, of all names that begin so, every version and mark: in the order of names, the newest of each first. */
  versions(prefix: string): AsyncIterable<readonly ObjectVersion[]>;
  read(version: ObjectVersion): Promise<Uint8Array>;
  /** Undefined where its lock binds not everybody. */
  lockedUntil(version: ObjectVersion): Promise<number | undefined>;
}

/**
 * INVARIANT: nothing is put before the store said that it locks and keeps versions; each object carries its own day; a
 * put takes no name twice. What somebody lays over a name (a mark of deletion, another version) hides nothing: the
 * first version is what counts.
 */
export function openLockedArchive(store: LockedStore, now: () => number): LogArchive {
  const archive = new LockedArchive(store, now);
  const { where, enforcedBy } = store;
  const named = (name: string): string => {
    if (isArchiveName(name)) return name;
    throw conflict(`\`${name}\` is no name of an archive`);
  };
  return {
    where,
    enforcedBy,
    put: ({ name, bytes, retainUntil }) =>
      reached(where, async () => archive.put(named(name), bytes, retainUntil)),
    list: (prefix) => reached(where, async () => [...(await archive.firsts(prefix)).keys()].sort()),
    read: (name) => reached(where, async () => archive.read(named(name))),
    retainedUntil: (name) => reached(where, async () => archive.retainedUntil(named(name))),
    extend: (name, until) => reached(where, async () => archive.extend(named(name), until)),
    overlaid: (prefix) => reached(where, async () => archive.overlaid(prefix)),
  };
}

/** A name is asked about again soon after it was listed, or not at all. */
const mostKnown = 20_000;

class LockedArchive {
  readonly #store: LockedStore;
  readonly #now: () => number;
  #locks: Promise<void> | undefined;
  /** First versions that a list has named: they never become others. */
  readonly #known = new Map<string, ObjectVersion>();

  constructor(store: LockedStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  async put(name: string, bytes: Uint8Array, retainUntil = 0): Promise<'stored' | 'already'> {
    await this.#checkLocks();
    const until = wholeSecond(Math.max(retainUntil, this.#now() + this.#store.keepMs));
    if ((await this.#store.put(name, bytes, until)) === 'stored') return 'stored';
    const first = await this.#first(name);
    const there = first === undefined ? undefined : await this.#store.read(first);
    if (first === undefined || there === undefined || Buffer.compare(there, bytes) !== 0) {
      throw conflict(
        `the archive has other bytes as \`${name}\`: ${there?.length ?? 0} instead of ${bytes.length}`,
      );
    }
    if (retainUntil > 0) await this.#keep(first, retainUntil);
    return 'already';
  }

  async extend(name: string, until: number): Promise<'extended' | 'already' | 'missing'> {
    const first = await this.#first(name);
    return first === undefined ? 'missing' : this.#keep(first, until);
  }

  async #keep(version: ObjectVersion, until: number): Promise<'extended' | 'already'> {
    const asked = wholeSecond(until);
    if (asked <= ((await this.#store.lockedUntil(version)) ?? 0)) return 'already';
    await this.#store.extend(version, asked);
    return 'extended';
  }

  /** Of all that begin so, what was put first under each name. */
  async firsts(prefix: string): Promise<ReadonlyMap<string, ObjectVersion>> {
    const firsts = new Map<string, ObjectVersion>();
    for await (const versions of byName(this.#store.versions(prefix))) {
      for (const [name, version] of firstVersions(versions)) firsts.set(name, version);
    }
    for (const [name, version] of firsts) {
      if (this.#known.size >= mostKnown) this.#known.clear();
      this.#known.set(name, version);
    }
    return firsts;
  }

  /** A page at a time: there may be millions of them, and hardly one that somebody laid something over. */
  async overlaid(prefix: string): Promise<readonly OverlaidName[]> {
    const found: OverlaidName[] = [];
    for await (const versions of byName(this.#store.versions(prefix))) {
      found.push(...overlaidIn(versions));
    }
    return found;
  }

  async #first(name: string): Promise<ObjectVersion | undefined> {
    return this.#known.get(name) ?? (await this.firsts(name)).get(name);
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    const first = await this.#first(name);
    return first === undefined ? undefined : this.#store.read(first);
  }

  async retainedUntil(name: string): Promise<number | undefined> {
    const first = await this.#first(name);
    const until = first === undefined ? undefined : await this.#store.lockedUntil(first);
    return until !== undefined && until > this.#now() ? until : undefined;
  }

  /** Asked once; a store that does not lock is asked again, since somebody may mend it. */
  async #checkLocks(): Promise<void> {
    this.#locks ??= this.#store.checkLocks().catch((fault: unknown) => {
      this.#locks = undefined;
      throw fault;
    });
    await this.#locks;
  }
}

/** Stores keep whole seconds; never earlier than was asked. */
function wholeSecond(ms: number): number {
  return Math.ceil(ms / 1_000) * 1_000;
}
