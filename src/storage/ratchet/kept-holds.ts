import type { Agreement, AgreementBook } from '#contracts/agreement-book.ts';
import type { HoldBook, LegalHold } from '#contracts/hold-book.ts';
import type { HeldBooks, HeldDifference, KeptHolds } from '#contracts/kept-holds.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText, type Json } from '#kernel/json/index.ts';
import type { Clock } from '#kernel/time.ts';
import {
  type HeldContent,
  type HeldEntry,
  keptForm,
  type KeptHold,
  legalHold,
  openHeldFile,
} from './held-file.ts';

export interface KeptHoldsParts extends HeldBooks {
  readonly folder: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Whose holds are taken over where nothing was kept yet. */
  readonly tenants: readonly string[];
}

export interface OpenKeptHolds extends HeldBooks {
  readonly kept: KeptHolds;
}

/**
 * The books, with what takes two people kept beside the keys too. INVARIANT: what is about to change stands there
 * before the store changes, and what it became after: a crash between is either, and an edit of the store alone is neither.
 */
export async function keepHolds(parts: KeptHoldsParts): Promise<OpenKeptHolds> {
  const kept = new HoldKeeper(parts);
  await kept.begin(parts.tenants);
  return { kept, holds: kept.holdBook(), agreements: kept.agreementBook() };
}

class HoldKeeper implements KeptHolds {
  readonly #parts: KeptHoldsParts;
  readonly #file: ReturnType<typeof openHeldFile>;
  readonly #seen = new Map<string, readonly HeldDifference[]>();
  readonly #underWay = new Set<string>();
  #content: HeldContent;

  constructor(parts: KeptHoldsParts) {
    this.#parts = parts;
    this.#file = openHeldFile(parts.folder);
    this.#content = this.#file.read() ?? { schema: 1, holds: [], agreements: [] };
  }

  /** An earlier version kept none: what the store has then is what there is. */
  async begin(tenants: readonly string[]): Promise<void> {
    if (this.#file.read() === undefined) {
      for (const tenant of tenants) await this.#takeOver(tenant);
      this.#write({});
    }
    for (const entry of this.#content.holds) await this.#settleCrashed(entry);
    const known = [...tenants, ...this.#content.holds.map(({ tenant }) => tenant)];
    for (const tenant of new Set(known)) await this.differences(tenant);
  }

  async differences(tenant: string): Promise<readonly HeldDifference[]> {
    const found = [...(await this.#ofHolds(tenant)), ...(await this.#ofAgreements(tenant))];
    this.#seen.set(tenant, found);
    return found;
  }

  seen(tenant: string): readonly HeldDifference[] {
    return this.#seen.get(tenant) ?? [];
  }

  async mend(tenant: string): Promise<void> {
    const { holds, agreements } = this.#parts;
    for (const { what, id, why } of await this.differences(tenant)) {
      if (what === 'agreement') {
        this.#forgetAgreement(tenant, id);
        await agreements.end(tenant, id);
      } else if (why !== 'unknown') {
        const now = this.#entry(tenant, id)?.now;
        if (now !== undefined) await holds.putBack(tenant, legalHold(now));
        this.#settle(tenant, id, now);
      }
    }
    await this.#takeOver(tenant);
    await this.differences(tenant);
  }

  holdBook(): HoldBook {
    const { holds } = this.#parts;
    return {
      ...holds,
      ask: async (tenant, hold) => {
        this.#coming(tenant, hold.id, keptForm(hold));
        await this.#orAsked(tenant, hold.id, () => holds.ask(tenant, hold));
        this.#settle(tenant, hold.id, keptForm(hold));
      },
      confirm: async (tenant, yes) => {
        const { now } = this.#entry(tenant, yes.id) ?? {};
        if (now !== undefined) {
          const { lapsesAt: _, ...rest } = now;
          this.#coming(tenant, yes.id, { ...rest, heldBy: yes.by, heldAt: yes.now });
        }
        const done = await this.#orAsked(tenant, yes.id, () => holds.confirm(tenant, yes));
        this.#settle(tenant, yes.id, done === undefined ? now : keptForm(done));
        return done;
      },
      release: async (tenant, yes) => {
        this.#coming(tenant, yes.id, 'over');
        const done = await this.#orAsked(tenant, yes.id, () => holds.release(tenant, yes));
        // One that was over already is undefined, and over all the same.
        this.#settle(tenant, yes.id, undefined);
        return done;
      },
      forget: (tenant, gone) => {
        this.#dropLapsed(gone.now);
        return holds.forget(tenant, gone);
      },
      over: async (tenant, asked, now) => {
        // Before: a hold that is asked for meanwhile is found by the store.
        await this.#check(tenant);
        return holds.over(tenant, asked, now);
      },
    };
  }

  agreementBook(): AgreementBook {
    const { agreements } = this.#parts;
    return {
      ...agreements,
      ask: async (tenant, agreement) => {
        const { id, until } = agreement;
        const others = this.#content.agreements.filter((one) => one.until > agreement.askedAt);
        const own = { tenant, id, until, digest: digestOf(agreement) };
        this.#write({ agreements: [...others, own] });
        await agreements.ask(tenant, agreement);
      },
      agree: async (yes) => {
        await this.#check(yes.tenant);
        const agreed = await agreements.agree(yes);
        this.#forgetAgreement(yes.tenant, yes.id);
        return agreed;
      },
      end: async (tenant, id) => {
        this.#forgetAgreement(tenant, id);
        await agreements.end(tenant, id);
      },
    };
  }

  /**
   * Of an act that failed the store is asked at once what became of it: what it may become counts no longer than
   * that. Where the store does not answer either, the next look that reaches it asks again.
   */
  async #orAsked<T>(tenant: string, id: string, act: () => Promise<T>): Promise<T> {
    this.#underWay.add(keyOf(tenant, id));
    try {
      return await act();
    } catch (fault) {
      this.#underWay.delete(keyOf(tenant, id));
      await this.differences(tenant).catch(() => undefined);
      throw fault;
    } finally {
      this.#underWay.delete(keyOf(tenant, id));
    }
  }

  async #check(tenant: string): Promise<void> {
    const found = await this.differences(tenant);
    if (found.length === 0) return;
    const differ = found.slice(0, 20).map(({ what, id, why }) => ({ what, id, why }));
    throw new BailiwickError('audit/holds-differ', { details: { differ } });
  }

  async #ofHolds(tenant: string): Promise<readonly HeldDifference[]> {
    const rows = await this.#inForce(tenant);
    const entries = this.#content.holds.filter((one) => one.tenant === tenant);
    const found: HeldDifference[] = [];
    for (const entry of entries) {
      const why = this.#whyDiffers(entry, rows.get(entry.id));
      const row = rows.get(entry.id);
      rows.delete(entry.id);
      if (why !== undefined) found.push({ what: 'hold', id: entry.id, why });
      else if (entry.next !== undefined && !this.#isUnderWay(entry)) {
        this.#settle(tenant, entry.id, row);
      }
    }
    return [
      ...found,
      ...[...rows.keys()].map((id) => ({ what: 'hold', id, why: 'unknown' }) as const),
    ];
  }

  /** Between the two it is either, as whatever is under way has come so far. */
  #whyDiffers(entry: HeldEntry, row: KeptHold | undefined): 'gone' | 'changed' | undefined {
    const { now, next } = entry;
    if (now !== undefined && isLapsed(now, this.#parts.clock.now())) return undefined;
    const isOneOfBoth =
      isSame(row, now) || (next !== undefined && isSame(row, next === 'over' ? undefined : next));
    if (isOneOfBoth) return undefined;
    return row === undefined ? 'gone' : 'changed';
  }

  /** At a start nothing is under way: what a crash left between the two is what the store says, and no more. */
  async #settleCrashed(entry: HeldEntry): Promise<void> {
    const { tenant, id, next } = entry;
    if (next === undefined) return;
    const row = (await this.#inForce(tenant)).get(id);
    if (this.#whyDiffers(entry, row) === undefined) this.#settle(tenant, id, row);
  }

  async #ofAgreements(tenant: string): Promise<readonly HeldDifference[]> {
    const open = await this.#parts.agreements.open(tenant, this.#parts.clock.now());
    const kept = new Map(
      this.#content.agreements.filter((one) => one.tenant === tenant).map((one) => [one.id, one]),
    );
    return open.flatMap((one) => {
      const { digest } = kept.get(one.id) ?? {};
      if (digest === digestOf(one)) return [];
      return [{ what: 'agreement', id: one.id, why: digest ? 'changed' : 'unknown' } as const];
    });
  }

  /** Of holds and agreements that nobody kept, what the store says. */
  async #takeOver(tenant: string): Promise<void> {
    for (const [id, row] of await this.#inForce(tenant)) {
      if (this.#entry(tenant, id) === undefined) this.#settle(tenant, id, row);
    }
    const open = await this.#parts.agreements.open(tenant, this.#parts.clock.now());
    const isKept = (id: string) =>
      this.#content.agreements.some((one) => one.tenant === tenant && one.id === id);
    const more = open
      .filter(({ id }) => !isKept(id))
      .map((one) => ({ tenant, id: one.id, until: one.until, digest: digestOf(one) }));
    if (more.length > 0) this.#write({ agreements: [...this.#content.agreements, ...more] });
  }

  async #inForce(tenant: string): Promise<Map<string, KeptHold>> {
    const now = this.#parts.clock.now();
    const all = await this.#parts.holds.list(tenant);
    const open = all.filter((one) => one.releasedAt === undefined && !isLapsed(one, now));
    return new Map(open.map((one) => [one.id, keptForm(one)]));
  }

  #isUnderWay({ tenant, id }: HeldEntry): boolean {
    return this.#underWay.has(keyOf(tenant, id));
  }

  #entry(tenant: string, id: string): HeldEntry | undefined {
    return this.#content.holds.find((one) => one.tenant === tenant && one.id === id);
  }

  #coming(tenant: string, id: string, next: KeptHold | 'over'): void {
    const now = this.#entry(tenant, id)?.now;
    this.#put(tenant, id, { tenant, id, ...(now === undefined ? {} : { now }), next });
  }

  #settle(tenant: string, id: string, now: KeptHold | undefined): void {
    this.#put(tenant, id, now === undefined ? undefined : { tenant, id, now });
  }

  #put(tenant: string, id: string, entry: HeldEntry | undefined): void {
    const others = this.#content.holds.filter((one) => one.tenant !== tenant || one.id !== id);
    this.#write({ holds: entry === undefined ? others : [...others, entry] });
  }

  #dropLapsed(at: number): void {
    const holds = this.#content.holds.filter(({ now }) => now === undefined || !isLapsed(now, at));
    if (holds.length < this.#content.holds.length) this.#write({ holds });
  }

  #forgetAgreement(tenant: string, id: string): void {
    const { agreements } = this.#content;
    const others = agreements.filter((one) => one.tenant !== tenant || one.id !== id);
    if (others.length < agreements.length) this.#write({ agreements: others });
  }

  #write(change: Partial<HeldContent>): void {
    const next = { ...this.#content, ...change };
    this.#file.write(next);
    this.#content = next;
  }
}

const keyOf = (tenant: string, id: string): string => `${tenant}\n${id}`;

function isLapsed({ lapsesAt }: Pick<LegalHold | KeptHold, 'lapsesAt'>, now: number): boolean {
  return lapsesAt !== undefined && lapsesAt <= now;
}

function isSame(one: KeptHold | undefined, other: KeptHold | undefined): boolean {
  return textOf(one ?? {}) === textOf(other ?? {});
}

function digestOf({ id, act, askedBy, reason, askedAt, until }: Agreement): string {
  return sha256Hex(Buffer.from(textOf({ id, act, askedBy, reason, askedAt, until })));
}

const textOf = (of: object): string => canonicalText(of as Json);
