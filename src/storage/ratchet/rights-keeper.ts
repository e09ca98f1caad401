import type { KeptRights, RightsCounts } from '#contracts/kept-rights.ts';
import type { RightsRow, RightsRowName, RightsRows } from '#contracts/rights-rows.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Clock } from '#kernel/time.ts';
import { createTurns } from '#kernel/turns.ts';
import { isEither, isOverAt, keyOf, openRightsFile, type RightsEntry } from './rights-file.ts';

export interface RightsKeeperParts {
  readonly rights: RightsRows;
  readonly folder: string;
  readonly clock: Pick<Clock, 'now'>;
}

/** What a row becomes by an act. */
export type RightsChange = RightsRowName & { readonly next: JsonObject | 'over' };

type RightsDifference = RightsRowName & { readonly why: 'gone' | 'changed' | 'unknown' };
type Entries = Map<string, RightsEntry>;

/**
 * Rows of rights as they were decided, in a file beside the keys. INVARIANT: what is about to change stands there
 * before the store changes, and what it became after: a crash between is either, and an edit of the store alone is neither.
 */
export class RightsKeeper implements KeptRights {
  readonly takenOver = new Map<string, RightsCounts>();
  readonly #parts: RightsKeeperParts;
  readonly #file: ReturnType<typeof openRightsFile>;
  readonly #turns = createTurns();
  #entries: Entries = new Map();
  #seen: readonly RightsDifference[] = [];

  constructor(parts: RightsKeeperParts) {
    this.#parts = parts;
    this.#file = openRightsFile(parts.folder);
  }

  /** An earlier version kept none: what the store has then is what there is, and that it was believed is told. */
  async begin(): Promise<this> {
    const kept = this.#file.read();
    this.#entries = new Map((kept?.rows ?? []).map((entry) => [keyOf(entry), entry]));
    if (kept === undefined) {
      const rows = await this.#rows();
      this.#write((entries) => {
        for (const { body: now, ...row } of rows) entries.set(keyOf(row), { ...row, now });
      });
      for (const row of rows) this.#count(row);
    }
    await this.differences();
    return this;
  }

  differences(): Promise<readonly RightsDifference[]> {
    return this.#inTurn(() => this.#look());
  }

  seen(tenant: string): readonly RightsDifference[] {
    return this.#seen.filter((one) => one.tenant === tenant);
  }

  mend(tenant: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.#restore((await this.#look()).filter((one) => one.tenant === tenant));
      await this.#look();
    });
  }

  /** As it was decided of this person; undefined where nobody decided it. */
  decided(of: RightsRowName): JsonObject | undefined {
    const entry = this.#entries.get(keyOf(of));
    return entry?.person === of.person ? entry.now : undefined;
  }

  /** All that was decided, of those that `where` names. */
  all(where: Partial<RightsRowName>): readonly RightsEntry[] {
    const asked = Object.entries(where);
    return [...this.#entries.values()].filter((entry) =>
      asked.every(([field, value]) => entry[field as keyof RightsRowName] === value),
    );
  }

  /**
   * What the store says, if control itself decided exactly that; else `identity/rights-differ`. An act that came
   * between the reading and here is waited for.
   */
  async checked<T>(
    read: () => Promise<T | undefined>,
    of: (found: T) => {
      readonly row: RightsRowName;
      readonly isThat: (body: JsonObject) => boolean;
    },
  ): Promise<T | undefined> {
    const isDecided = (found: T): boolean => {
      const { row, isThat } = of(found);
      const body = this.decided(row);
      return body !== undefined && isThat(body);
    };
    const found = await read();
    if (found === undefined || isDecided(found)) return found;
    return this.#inTurn(async () => {
      const again = await read();
      if (again === undefined || isDecided(again)) return again;
      await this.#look();
      const { what, person } = of(again).row;
      throw new BailiwickError('identity/rights-differ', { details: { what, person } });
    });
  }

  /** One act at a time. Of one that failed the store is asked whether it was done all the same. */
  act<T>(
    changes: () => readonly RightsChange[],
    act: () => Promise<T>,
    before?: () => Promise<void>,
  ): Promise<T> {
    return this.#inTurn(async () => {
      await before?.();
      const all = changes();
      this.#write((entries) => {
        for (const { next, ...row } of all) {
          const { now } = entries.get(keyOf(row)) ?? {};
          entries.set(keyOf(row), { ...row, ...(now === undefined ? {} : { now }), next });
        }
      });
      try {
        const done = await act();
        this.#write((entries) => {
          for (const { next, ...row } of all)
            become(entries, row, next === 'over' ? undefined : next);
        });
        // It may have put right what differed.
        if (this.#seen.length > 0) await this.#look().catch(() => undefined);
        return done;
      } catch (fault) {
        // Where the store does not answer either, the next look finds out; until then both count.
        await this.#look().catch(() => undefined);
        throw fault;
      }
    });
  }

  /** In a turn: of one person, the row as it was decided. */
  async restore(of: RightsRowName): Promise<void> {
    await this.#restore((await this.#look()).filter((one) => keyOf(one) === keyOf(of)));
  }

  async #restore(differ: readonly RightsDifference[]): Promise<void> {
    if (differ.length === 0) return;
    const put = differ.flatMap((one) => {
      const { now, ...row } = this.#entries.get(keyOf(one)) ?? {};
      return now === undefined ? [] : [{ ...nameOf({ ...one, ...row }), body: now }];
    });
    await this.#parts.rights.replace({ drop: differ, put });
  }

  async #look(): Promise<readonly RightsDifference[]> {
    const rows = new Map((await this.#rows()).map((row) => [keyOf(row), row]));
    const found: RightsDifference[] = [];
    for (const [key, entry] of this.#entries) {
      const row = rows.get(key);
      rows.delete(key);
      const why = this.#whyDiffers(entry, row);
      if (why !== undefined) found.push({ ...nameOf(row ?? entry), why });
      // Nothing is under way here: what a crash or a fault left between the two is what the store says.
      else if (entry.next !== undefined) {
        this.#write((entries) => become(entries, nameOf(entry), row?.body));
      }
    }
    for (const row of rows.values()) found.push({ ...nameOf(row), why: 'unknown' });
    this.#seen = found;
    return found;
  }

  #whyDiffers(entry: RightsEntry, row: RightsRow | undefined): 'gone' | 'changed' | undefined {
    if (row === undefined) {
      // Its time is over: one side may have forgotten it already.
      const isFine = isOverAt(entry, this.#parts.clock.now()) || isEither(entry, undefined);
      return isFine ? undefined : 'gone';
    }
    return row.person === entry.person && isEither(entry, row.body) ? undefined : 'changed';
  }

  #rows(): Promise<readonly RightsRow[]> {
    return this.#parts.rights.all(this.#parts.clock.now());
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    return this.#turns.take('rights', step);
  }

  /** INVARIANT: nothing counts here that does not stand in the file. */
  #write(change: (entries: Entries) => void): void {
    const at = this.#parts.clock.now();
    const next = new Map([...this.#entries].filter(([, entry]) => !isOverAt(entry, at)));
    change(next);
    this.#file.write({ schema: 1, rows: [...next.values()] });
    this.#entries = next;
  }

  #count({ tenant, what, person, body }: RightsRow): void {
    const none = { people: 0, elevations: 0, passkeys: 0, tokens: 0, admins: [] };
    const before = this.takenOver.get(tenant) ?? none;
    const field = countedAs[what];
    const isAdmin =
      what === 'person' && JSON.stringify([body['roles'], body['eligible']]).includes('"admin"');
    const admins = isAdmin ? [...before.admins, person].slice(0, 100) : before.admins;
    this.takenOver.set(tenant, { ...before, [field]: before[field] + 1, admins });
  }
}

const countedAs = {
  person: 'people',
  elevation: 'elevations',
  passkey: 'passkeys',
  token: 'tokens',
} as const satisfies Record<RightsRow['what'], Exclude<keyof RightsCounts, 'admins'>>;

function become(entries: Entries, row: RightsRowName, now: JsonObject | undefined): void {
  if (now === undefined) entries.delete(keyOf(row));
  else entries.set(keyOf(row), { ...row, now });
}

function nameOf({ what, tenant, person, id }: RightsRowName): RightsRowName {
  return { what, tenant, person, id };
}
