import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { RightsDifference } from '#contracts/kept-rights.ts';
import type { KeyringSigner } from '#contracts/keyring.ts';
import type { PersonSession } from '#contracts/person-session.ts';
import { noSealYet, type SessionRow, type SignInBook } from '#contracts/sign-in-book.ts';
import { canonicalText, parseJson } from '#kernel/json/index.ts';
import type { Clock } from '#kernel/time.ts';
import { EndedSignIns } from './ended-file.ts';

export interface KeptSignInsParts {
  readonly book: SignInBook;
  /** Of the key under which cookies say whose they are. */
  readonly signer: Pick<KeyringSigner, 'sign'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Where it is remembered which have ended. */
  readonly folder: string;
}

/** All rows are held against their seals so often; one that somebody comes by, at once. */
const lookAllMs = 60_000;

/**
 * Sign-ins, believed as far as they are sealed. INVARIANT: whoever writes or changes one in the store has no seal for
 * it, and it signs in nobody, whether they come by a cookie, by a token that stands on it, or by its name. What has
 * ended stays so, whatever the store says later.
 */
export class KeptSignIns {
  readonly #parts: KeptSignInsParts;
  readonly #key: Uint8Array;
  readonly #ended: EndedSignIns;
  #seen = new Map<string, RightsDifference>();
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: KeptSignInsParts) {
    this.#parts = parts;
    this.#ended = new EndedSignIns(parts.folder);
    // Ed25519 signs the same the same way, and its signatures are known to nobody without the key.
    const signature = parts.signer.sign(Buffer.from('bailiwick person session rows 1'));
    this.#key = createHash('sha256').update(signature).digest();
  }

  get book(): SignInBook {
    const { book, clock } = this.#parts;
    return {
      ...book,
      begin: (session, on) => book.begin(session, { ...on, seal: this.#seal(session, on.footing) }),
      end: async (what, owed) => {
        const ended = await book.end(what, owed);
        try {
          this.#remember(ended, what.now);
        } catch {
          // It has ended; the next look at all of them remembers it.
          this.#lookedAt = Number.NEGATIVE_INFINITY;
        }
        return ended;
      },
      get: async (tenant, id, now) => this.#believed(await book.row(tenant, id), now),
      byCookie: async (ask) => {
        const found = await book.byCookie(ask);
        if (found === undefined) return undefined;
        return this.#believed(await book.row(found.tenant, found.id), clock.now());
      },
    };
  }

  /** What a read found since, and every so often what none has read. */
  async differences(): Promise<readonly RightsDifference[]> {
    const { book, clock } = this.#parts;
    const now = clock.now();
    const isAll = now - this.#lookedAt >= lookAllMs;
    const rows = isAll ? await book.lastingRows(now) : await this.#again();
    // Of one that a crash left between the two.
    this.#remember(
      rows.filter(({ endedAt }) => endedAt !== undefined).flatMap(({ session }) => session ?? []),
      now,
    );
    this.#seen = new Map();
    for (const row of rows) this.#judge(row);
    if (isAll) this.#lookedAt = now;
    return [...this.#seen.values()];
  }

  seen(tenant: string): readonly RightsDifference[] {
    return [...this.#seen.values()].filter((one) => one.tenant === tenant);
  }

  async #again(): Promise<readonly SessionRow[]> {
    const known = [...this.#seen.values()];
    const rows = await Promise.all(known.map(({ tenant, id }) => this.#parts.book.row(tenant, id)));
    return rows.filter((row) => row !== undefined);
  }

  #remember(ended: readonly PersonSession[], now: number): void {
    this.#ended.remember(
      ended.map(({ tenant, id, expiresAt: until }) => ({ tenant, id, until })),
      now,
    );
  }

  #believed(row: SessionRow | undefined, now: number): PersonSession | undefined {
    const session = row === undefined ? undefined : this.#judge(row);
    return session !== undefined && session.expiresAt > now ? session : undefined;
  }

  /** Undefined of one that is over, or is not as it was begun. */
  #judge(row: SessionRow): PersonSession | undefined {
    const { tenant, id, person, session, footing, seal, endedAt } = row;
    if (endedAt !== undefined || seal === noSealYet) return undefined;
    const isSealed =
      session !== undefined &&
      !this.#ended.has(row) &&
      seal !== undefined &&
      isSame(seal, this.#seal(session, footing));
    if (isSealed) return session;
    const why = seal === undefined ? 'unknown' : 'changed';
    this.#seen.set(`${tenant}\n${id}`, { what: 'sign-in', tenant, person, id, why });
    return undefined;
  }

  /** Over everything that is believed of it. */
  #seal(session: PersonSession, footing: string | undefined): string {
    // What is undefined is in no column.
    const said = parseJson(Buffer.from(JSON.stringify(session)));
    const text = canonicalText([footing ?? null, said]);
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
