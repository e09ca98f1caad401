import { createCipheriv, randomBytes } from 'node:crypto';
import type { PayloadKey, PayloadKeyBook } from '#contracts/payload-keys.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { type Clock, isoTime } from '#kernel/time.ts';
import {
  bodyCipher,
  isTooShort,
  nonceBytes,
  notOpened,
  openBehind,
  type SealedBody,
} from './sealed-body.ts';
import type { TenantWrapping } from './tenant-wrapping.ts';

const magic = Buffer.from('BWP2');
const handleBytes = 16;
const headBytes = magic.length + handleBytes;

export interface SubjectSealer {
  /** Its head: magic ‖ handle. The head is bound: no body opens under another handle. */
  seal(tenant: string, subject: string, body: Uint8Array): Promise<SealedBody>;
  open(tenant: string, blob: Buffer): Promise<Buffer>;
  /** By what the log knows this subject; from then on, if nothing was sealed of it before. */
  handleOf(tenant: string, subject: string): Promise<string>;
  rewrap(): Promise<number>;
}

/**
 * Seals what belongs to one subject under a key that nobody else's bodies share. The blob names a
 * random handle; key and subject stand in the key book. INVARIANT: the key book is asked each time,
 * so that a key that was destroyed there is in no memory here, a moment later.
 */
export function createSubjectSealer(parts: {
  readonly wrapping: TenantWrapping;
  readonly clock: Clock;
  readonly keys: PayloadKeyBook | undefined;
}): SubjectSealer {
  const { wrapping, clock } = parts;
  const book = (): PayloadKeyBook => {
    if (parts.keys === undefined) throw notOpened('this program has no key of any subject');
    return parts.keys;
  };
  const keyOf = async (tenant: string, subject: string): Promise<PayloadKey> =>
    (await book().of(tenant, subject)) ?? (await keepNew(tenant, subject));
  const keepNew = (tenant: string, subject: string): Promise<PayloadKey> =>
    book().keep({ tenant, subject, key: newKey(wrapping, tenant), now: clock.now() });
  return {
    async seal(tenant, subject, body) {
      const kept = await keyOf(tenant, subject);
      const head = Buffer.concat([magic, Buffer.from(kept.handle, 'hex')]);
      // Random: the key outlives this process, so no count is known to be new.
      const nonce = randomBytes(nonceBytes);
      return withKey(wrapping, tenant, kept, (key) => {
        const cipher = createCipheriv(bodyCipher, key, nonce).setAAD(head);
        const sealed = [head, nonce, cipher.update(body), cipher.final(), cipher.getAuthTag()];
        return { bytes: Buffer.concat(sealed), key: kept.handle };
      });
    },
    handleOf: async (tenant, subject) => (await keyOf(tenant, subject)).handle,
    async rewrap() {
      if (!wrapping.isOwn) return 0;
      return book().rewrap(ownForm, (tenant, kept) =>
        wrapping.isGone(tenant)
          ? undefined
          : withKey(wrapping, tenant, kept, (key) =>
              wrappedFor(wrapping, tenant, kept.handle, key),
            ),
      );
    },
    async open(tenant, blob) {
      if (isTooShort(blob, headBytes)) throw notOpened('not a sealed body');
      const handle = blob.toString('hex', magic.length, headBytes);
      const kept = await book().byHandle(tenant, handle);
      if (kept === undefined) throw await gone(book(), tenant, handle);
      const head = blob.subarray(0, headBytes);
      return withKey(wrapping, tenant, kept, (key) => openBehind(headBytes, blob, key, head));
    },
  };
}

/** INVARIANT: erased is what a tombstone says was; a key that is merely missing is a fault. */
async function gone(book: PayloadKeyBook, tenant: string, handle: string): Promise<BailiwickError> {
  const destroyed = await book.destroyed(tenant, handle);
  if (destroyed === undefined) return notOpened('the key of whom it belongs to is not there');
  const { record, at } = destroyed;
  return new BailiwickError('audit/erased', { details: { handle, record, at: isoTime(at) } });
}

export function isOfSubject(blob: Buffer): boolean {
  return blob.subarray(0, magic.length).equals(magic);
}

function newKey(wrapping: TenantWrapping, tenant: string): PayloadKey {
  const handle = randomBytes(handleBytes).toString('hex');
  const key = randomBytes(32);
  const wrappedKey = wrappedFor(wrapping, tenant, handle, key);
  key.fill(0);
  return { handle, wrappedKey };
}

/** Of a row that is wrapped under the key of its tenant. */
const ownForm = 'tenant:';

function wrappedFor(wrapping: TenantWrapping, tenant: string, handle: string, key: Buffer): string {
  const wrapped = wrapping.own(tenant).wrap(key, contextOf(tenant, handle));
  const text = Buffer.from(wrapped).toString('base64');
  return wrapping.isOwn ? `${ownForm}${text}` : text;
}

function withKey<T>(
  wrapping: TenantWrapping,
  tenant: string,
  { handle, wrappedKey }: PayloadKey,
  use: (key: Buffer) => T,
): T {
  const isOwn = wrappedKey.startsWith(ownForm);
  const wrapper = isOwn ? wrapping.own(tenant) : wrapping.shared(tenant);
  const wrapped = Buffer.from(isOwn ? wrappedKey.slice(ownForm.length) : wrappedKey, 'base64');
  const key = wrapper.unwrap(wrapped, contextOf(tenant, handle));
  try {
    return use(key);
  } finally {
    key.fill(0);
  }
}

/** A row that somebody moved to another tenant or handle does not unwrap there. */
function contextOf(tenant: string, handle: string): string {
  return `payload-of-subject\n${tenant}\n${handle}`;
}
