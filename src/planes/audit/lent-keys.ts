import {
  createCipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import type { GatewayPayloadKeys, PayloadKey } from '#contracts/payload-keys.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import { bodyCipher, nonceBytes, sealedBehind, type SealedBody } from './sealed-body.ts';
import { handleBytes, keyToKeep, withKey } from './subject-key.ts';
import type { TenantWrapping } from './tenant-wrapping.ts';

export const lentMagic = Buffer.from('BWP4');
const saltBytes = 16;
export const lentHeadBytes = lentMagic.length + handleBytes + saltBytes;

/** How long one is used before it is asked for again, when whoever lends it can be asked. */
const freshMs = 600_000;
/** Nobody who lends was heard for so long: whether a key still stands is not known any more. */
const unheardMs = 600_000;
const mostBodies = 2 ** 32;
const mostPerLook = 256;
const destroyedKept = 4_096;
const atOnce = 8;

/** Keys that a gateway keeps for a while, so that a call of somebody known asks nobody. */
export interface LentKeys {
  /** At once when the key is here; else it is asked for, and what cannot be had is not sealed. */
  seal(
    tenant: string,
    subject: string,
    body: Uint8Array,
    before?: Uint8Array,
  ): SealedBody | Promise<SealedBody>;
  /** Fetches before anybody needs them, and renews those that are not fresh; what fails is left. */
  fetchAhead(tenant: string, subjects: readonly string[]): Promise<void>;
  /** Asks which were destroyed, and drops those; all of a tenant whose own is; all when nobody could be asked for long. */
  look(): Promise<void>;
  forget(tenant: string, handle: string): void;
  readonly size: number;
}

/** One key of one subject, as this process seals under it. */
interface Lent {
  readonly name: string;
  readonly tenant: string;
  readonly subject: string;
  readonly handle: string;
  /** Made of the subject's key for this process and this time; that itself is kept nowhere here. */
  readonly key: KeyObject;
  /** Magic ‖ handle ‖ salt. */
  readonly head: Buffer;
  /** Of the body that is being sealed. */
  readonly nonce: Buffer;
  readonly takenAt: number;
  /** Counts up; the key is new with each time that it was lent, so no nonce is ever used twice. */
  used: number;
}

export interface LentKeysParts {
  readonly wrapping: TenantWrapping;
  readonly clock: Clock;
  readonly keys: GatewayPayloadKeys;
  /** How many are kept; the one that was not used for the longest goes first. */
  readonly most?: number;
}

export function createLentKeys(parts: LentKeysParts): LentKeys {
  return new KeptKeys(parts);
}

class KeptKeys implements LentKeys {
  readonly #parts: LentKeysParts;
  readonly #most: number;
  /** The one that was used last is the last. */
  readonly #kept = new Map<string, Lent>();
  #last: Lent | undefined;
  readonly #coming = new Map<string, Promise<Lent>>();
  /** By tenant: the last number of what was destroyed. */
  readonly #heard = new Map<string, number>();
  /** INVARIANT: an answer that was on its way when its key was destroyed brings it back to nobody. */
  readonly #destroyed = new Set<string>();
  #heardAt: number;

  constructor(parts: LentKeysParts) {
    this.#parts = parts;
    this.#most = parts.most ?? limits.lentKeys;
    this.#heardAt = parts.clock.monotonic();
  }

  get size(): number {
    return this.#kept.size;
  }

  seal(
    tenant: string,
    subject: string,
    body: Uint8Array,
    before?: Uint8Array,
  ): SealedBody | Promise<SealedBody> {
    const name = this.#nameOf(tenant, subject);
    const known = this.#kept.get(name);
    if (known !== undefined && this.#isFresh(known)) {
      this.#wasUsed(known);
      return sealUnder(known, body, before);
    }
    return this.#lend(tenant, subject).then(
      (lent) => sealUnder(lent, body, before),
      (fault: unknown) => {
        // Whoever lends is away: what is here does, for as long as it may be kept.
        const still = this.#kept.get(name);
        if (still === undefined || still.used >= mostBodies) throw fault;
        return sealUnder(still, body, before);
      },
    );
  }

  async fetchAhead(tenant: string, subjects: readonly string[]): Promise<void> {
    // Half is for those whom nobody could name before.
    const due = subjects.slice(0, this.#most / 2).filter((subject) => {
      const known = this.#kept.get(nameOf(tenant, subject));
      return known === undefined || this.#age(known) > freshMs / 2;
    });
    for (let from = 0; from < due.length; from += atOnce) {
      const some = due.slice(from, from + atOnce);
      const ends = await Promise.allSettled(some.map((subject) => this.#lend(tenant, subject)));
      if (ends.every(({ status }) => status === 'rejected')) return;
    }
  }

  async look(): Promise<void> {
    const { clock, wrapping } = this.#parts;
    const asked = clock.monotonic();
    try {
      for (const tenant of this.#heard.keys()) {
        if (wrapping.isGone(tenant)) this.#forgetAll(tenant);
        await this.#hear(tenant);
      }
      this.#heardAt = asked;
    } catch {
      if (clock.monotonic() - this.#heardAt >= unheardMs) this.#kept.clear();
    }
  }

  forget(tenant: string, handle: string): void {
    this.#destroyed.add(nameOf(tenant, handle));
    const [oldest] = this.#destroyed;
    if (this.#destroyed.size > destroyedKept && oldest !== undefined) {
      this.#destroyed.delete(oldest);
    }
    for (const one of this.#kept.values()) {
      if (one.tenant === tenant && one.handle === handle) this.#kept.delete(one.name);
    }
  }

  #forgetAll(tenant: string): void {
    for (const one of this.#kept.values()) {
      if (one.tenant === tenant) this.#kept.delete(one.name);
    }
  }

  async #hear(tenant: string): Promise<void> {
    for (;;) {
      const after = this.#heard.get(tenant) ?? 0;
      const gone = await this.#parts.keys.destroyedSince(tenant, after, mostPerLook);
      for (const { number, handle } of gone) {
        this.forget(tenant, handle);
        this.#heard.set(tenant, Math.max(number, this.#heard.get(tenant) ?? 0));
      }
      if (gone.length < mostPerLook) return;
    }
  }

  /** One question at a time about one subject, however many wait for the answer. */
  #lend(tenant: string, subject: string): Promise<Lent> {
    const name = nameOf(tenant, subject);
    const coming = this.#coming.get(name);
    if (coming !== undefined) return coming;
    const lent = this.#ask(name, tenant, subject).finally(() => this.#coming.delete(name));
    this.#coming.set(name, lent);
    return lent;
  }

  async #ask(name: string, tenant: string, subject: string): Promise<Lent> {
    const { keys, wrapping, clock } = this.#parts;
    if (!this.#heard.has(tenant)) this.#heard.set(tenant, 0);
    const row = await keyToKeep({ keys, wrapping, clock }, tenant, subject);
    if (this.#destroyed.has(nameOf(tenant, row.handle))) {
      throw new BailiwickError('store/unavailable', { message: 'the key was destroyed meanwhile' });
    }
    const made = lentOf(wrapping, { name, tenant, subject, row, takenAt: clock.monotonic() });
    this.#wasUsed(made);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#most) break;
      this.#kept.delete(oldest);
    }
    return made;
  }

  /** Of whom was sealed last: that text stands, with its hash. */
  #nameOf(tenant: string, subject: string): string {
    const last = this.#last;
    const isSame = last !== undefined && last.subject === subject && last.tenant === tenant;
    return isSame ? last.name : nameOf(tenant, subject);
  }

  /** Two bodies of one call come one after the other: what is the last is left where it is. */
  #wasUsed(one: Lent): void {
    if (one === this.#last && this.#kept.get(one.name) === one) return;
    this.#kept.delete(one.name);
    this.#kept.set(one.name, one);
    this.#last = one;
  }

  #isFresh(one: Lent): boolean {
    return this.#age(one) < freshMs && one.used < mostBodies;
  }

  #age({ takenAt }: Lent): number {
    return this.#parts.clock.monotonic() - takenAt;
  }
}

/** The key that bodies behind this head are sealed under, made of the subject's own. */
export function derivedKey(key: Uint8Array, head: Uint8Array): Buffer {
  const salt = head.subarray(0, lentHeadBytes);
  return Buffer.from(hkdfSync('sha256', key, salt, 'bailiwick sealed body', 32));
}

function lentOf(
  wrapping: TenantWrapping,
  of: Pick<Lent, 'name' | 'tenant' | 'subject' | 'takenAt'> & { readonly row: PayloadKey },
): Lent {
  const { row, ...rest } = of;
  const head = Buffer.concat([lentMagic, Buffer.from(row.handle, 'hex'), randomBytes(saltBytes)]);
  if (head.length !== lentHeadBytes) throw new BailiwickError('credentials/unwrap-failed');
  const derived = withKey(wrapping, of.tenant, row, (key) => derivedKey(key, head));
  const key = createSecretKey(derived);
  derived.fill(0);
  return { ...rest, handle: row.handle, key, head, nonce: Buffer.alloc(nonceBytes), used: 0 };
}

function sealUnder(lent: Lent, body: Uint8Array, before: Uint8Array | undefined): SealedBody {
  const { head, nonce, key, handle } = lent;
  nonce.writeUIntBE(lent.used, 6, 6);
  lent.used += 1;
  // The head is bound by the key, which is made of it: with another head it is another key.
  const cipher = createCipheriv(bodyCipher, key, nonce);
  return { bytes: sealedBehind([head, nonce], cipher, body, before), key: handle };
}

/** No tenant has a line break in its name. */
function nameOf(tenant: string, of: string): string {
  return `${tenant}\n${of}`;
}
