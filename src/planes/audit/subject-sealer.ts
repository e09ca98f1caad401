import { createCipheriv, randomBytes } from 'node:crypto';
import type { GatewayPayloadKeys, PayloadKey, PayloadKeyBook } from '#contracts/payload-keys.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { type Clock, isoTime } from '#kernel/time.ts';
import {
  bodyCipher,
  isTooShort,
  nonceBytes,
  notOpened,
  openBehind,
  sealedBehind,
  type SealedBody,
} from './sealed-body.ts';
import { derivedKey, lentHeadBytes, lentMagic } from './lent-keys.ts';
import { handleBytes, keyToKeep, ownForm, withKey, wrappedFor } from './subject-key.ts';
import type { TenantWrapping } from './tenant-wrapping.ts';

const magic = Buffer.from('BWP2');
const headBytes = magic.length + handleBytes;

/** Hears of a key that does not unwrap: it stays as it is, and whatever it sealed stays shut. */
export type LeftKey = (tenant: string, handle: string) => void;

export interface SubjectSealer {
  /** Its head: magic ‖ handle. The head is bound: no body opens under another handle. */
  seal(tenant: string, subject: string, body: Uint8Array, before?: Uint8Array): Promise<SealedBody>;
  open(tenant: string, blob: Buffer): Promise<Buffer>;
  /** By what the log knows this subject; from then on, if nothing was sealed of it before. */
  handleOf(tenant: string, subject: string): Promise<string>;
  rewrap(left: LeftKey): Promise<number>;
}

/**
 * Seals what belongs to one subject under a key that nobody else's bodies share. The blob names a
 * random handle; key and subject stand in the key book. INVARIANT: the key book is asked each time,
 * so that a key that was destroyed there is in no memory here, a moment later.
 */
export function createSubjectSealer(parts: {
  readonly wrapping: TenantWrapping;
  readonly clock: Clock;
  readonly keys: GatewayPayloadKeys | undefined;
  /** The same, where this program owns the store. */
  readonly owned: PayloadKeyBook | undefined;
}): SubjectSealer {
  const { wrapping, clock, owned } = parts;
  const book = (): GatewayPayloadKeys => {
    if (parts.keys === undefined) throw notOpened('this program has no key of any subject');
    return parts.keys;
  };
  const keyOf = (tenant: string, subject: string) =>
    keyToKeep({ keys: book(), wrapping, clock }, tenant, subject);
  return {
    async seal(tenant, subject, body, before) {
      const kept = await keyOf(tenant, subject);
      const head = Buffer.concat([magic, Buffer.from(kept.handle, 'hex')]);
      // Random: the key outlives this process, so no count is known to be new.
      const nonce = randomBytes(nonceBytes);
      return withKey(wrapping, tenant, kept, (key) => {
        const cipher = createCipheriv(bodyCipher, key, nonce).setAAD(head);
        return { bytes: sealedBehind([head, nonce], cipher, body, before), key: kept.handle };
      });
    },
    handleOf: async (tenant, subject) => (await keyOf(tenant, subject)).handle,
    async rewrap(left) {
      if (!wrapping.isOwn || owned === undefined) return 0;
      return owned.rewrap(ownForm, (tenant, kept) =>
        wrapping.isGone(tenant) ? undefined : wrappedAnew(wrapping, tenant, kept, left),
      );
    },
    async open(tenant, blob) {
      const ofHead = startsWith(blob, lentMagic) ? lentHeadBytes : headBytes;
      if (isTooShort(blob, ofHead)) throw notOpened('not a sealed body');
      const handle = blob.toString('hex', magic.length, headBytes);
      const kept = await book().byHandle(tenant, handle);
      if (kept === undefined) throw await gone(book(), tenant, handle);
      const head = blob.subarray(0, ofHead);
      return withKey(wrapping, tenant, kept, (key) => {
        if (ofHead === headBytes) return openBehind(headBytes, blob, key, head);
        const derived = derivedKey(key, head);
        try {
          return openBehind(lentHeadBytes, blob, derived);
        } finally {
          derived.fill(0);
        }
      });
    },
  };
}

function wrappedAnew(
  wrapping: TenantWrapping,
  tenant: string,
  kept: PayloadKey,
  left: LeftKey,
): string | undefined {
  const { handle } = kept;
  try {
    return withKey(wrapping, tenant, kept, (key) => wrappedFor(wrapping, tenant, handle, key));
  } catch (fault) {
    if (!(fault instanceof BailiwickError) || fault.code !== 'credentials/unwrap-failed')
      throw fault;
    left(tenant, handle);
    return undefined;
  }
}

/** INVARIANT: erased is what a tombstone says was; a key that is merely missing is a fault. */
async function gone(
  book: GatewayPayloadKeys,
  tenant: string,
  handle: string,
): Promise<BailiwickError> {
  const destroyed = await book.destroyed(tenant, handle);
  if (destroyed === undefined) return notOpened('the key of whom it belongs to is not there');
  const { record, at } = destroyed;
  return new BailiwickError('audit/erased', { details: { handle, record, at: isoTime(at) } });
}

export function isOfSubject(blob: Buffer): boolean {
  return startsWith(blob, magic) || startsWith(blob, lentMagic);
}

function startsWith(blob: Buffer, form: Buffer): boolean {
  return blob.subarray(0, form.length).equals(form);
}
