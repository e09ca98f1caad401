import { createCipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type { Keyring } from '#contracts/keyring.ts';
import type { GatewayPayloadKeys, PayloadKeyBook } from '#contracts/payload-keys.ts';
import type { TenantKeys } from '#contracts/tenant-keys.ts';
import { sha256Hex } from '#kernel/digest.ts';
import type { Clock } from '#kernel/time.ts';
import { createLentKeys, type LentKeys } from './lent-keys.ts';
import {
  bodyCipher,
  isTooShort,
  nonceBytes,
  notOpened,
  openBehind,
  sealedBehind,
  type SealedBody,
} from './sealed-body.ts';
import { createSubjectSealer, isOfSubject, type LeftKey } from './subject-sealer.ts';
import { createTenantWrapping, type TenantWrapping } from './tenant-wrapping.ts';

/** The last letter says under which key the data key is wrapped: that of all tenants, or of its own. */
const magics = { shared: Buffer.from('BWP1'), own: Buffer.from('BWP3') } as const;
const lengthAt = magics.own.length;
const wrappedAt = lengthAt + 2;
const rotateAfterMs = 3_600_000;
const rotateAfterBodies = 1_000_000;

/**
 * Seals bodies that records refer to, under a data key of this process for each tenant. Each blob
 * carries its wrapped key, so it opens alone with the keyring, and no key is in use before it is
 * as durable as what it sealed.
 */
export interface PayloadSealer {
  /** Its head: magic ‖ length of wrapped key (2) ‖ wrapped key. `before`: what is sealed in front of the body. */
  seal(tenant: string, body: Uint8Array, before?: Uint8Array): SealedBody;
  /** Under the key of the subject, which stands in the key book before this resolves; at once where it is kept here. */
  sealFor(
    tenant: string,
    subject: string,
    body: Uint8Array,
    before?: Uint8Array,
  ): SealedBody | Promise<SealedBody>;
  handleOf(tenant: string, subject: string): Promise<string>;
  /** Keys of subjects that earlier versions wrapped are wrapped under the key of their tenant. How many. */
  rewrap(left: LeftKey): Promise<number>;
  /** Of a gateway alone. */
  readonly lentKeys: LentKeys | undefined;
  /**
   * Rejects with `audit/erased` where a tombstone says so, and with `credentials/unwrap-failed` what is no sealed
   * body of this tenant and keyring.
   */
  open(tenant: string, blob: Uint8Array): Promise<Buffer>;
}

interface DataKey {
  readonly id: string;
  /** A `KeyObject`: a cipher under a Buffer costs four times as much. */
  readonly key: KeyObject;
  readonly header: Buffer;
  readonly madeAt: number;
  /** Counts up: with a fresh key for each count and process, no nonce is ever used twice. */
  used: number;
}

export async function createPayloadSealer(parts: {
  readonly keyring: Keyring;
  readonly clock: Clock;
  /** Only who owns the store has it; without it nothing of a subject is sealed or opened. */
  readonly keys?: PayloadKeyBook | undefined;
  /** Of a gateway: the same, through the state port; it keeps for a while what it was lent. */
  readonly lent?: GatewayPayloadKeys | undefined;
  /** Without them all tenants share a wrapping key, as in earlier versions. */
  readonly tenants?: TenantKeys | undefined;
}): Promise<PayloadSealer> {
  const { clock, lent } = parts;
  const wrapping = createTenantWrapping(await parts.keyring.wrapper('payload'), parts.tenants);
  const asked = { keys: parts.keys ?? lent, owned: parts.keys };
  const subjects = createSubjectSealer({ wrapping, clock, ...asked });
  const lentKeys = lent && createLentKeys({ wrapping, clock, keys: lent });
  const keys = new Map<string, DataKey>();
  const keyFor = (tenant: string): DataKey => {
    const now = parts.clock.now();
    const known = keys.get(tenant);
    if (known !== undefined && isFresh(known, now)) return known;
    const made = newDataKey(wrapping, tenant, now);
    keys.set(tenant, made);
    return made;
  };
  return {
    seal(tenant, body, before) {
      const data = keyFor(tenant);
      const nonce = Buffer.alloc(nonceBytes);
      nonce.writeUIntBE(data.used, 6, 6);
      data.used += 1;
      const cipher = createCipheriv(bodyCipher, data.key, nonce);
      return { bytes: sealedBehind([data.header, nonce], cipher, body, before), key: data.id };
    },
    handleOf: (tenant, subject) => subjects.handleOf(tenant, subject),
    rewrap: (left) => subjects.rewrap(left),
    sealFor: (tenant, subject, body, before) =>
      (lentKeys ?? subjects).seal(tenant, subject, body, before),
    lentKeys,
    async open(tenant, blob) {
      const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
      return isOfSubject(bytes) ? subjects.open(tenant, bytes) : open(wrapping, tenant, bytes);
    },
  };
}

function isFresh(data: DataKey, now: number): boolean {
  return now - data.madeAt < rotateAfterMs && data.used < rotateAfterBodies;
}

function newDataKey(wrapping: TenantWrapping, tenant: string, now: number): DataKey {
  const key = randomBytes(32);
  const wrapped = wrapping.own(tenant).wrap(key, contextOf(tenant));
  const secretKey = createSecretKey(key);
  key.fill(0);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(wrapped.length);
  return {
    id: sha256Hex(wrapped).slice(0, 16),
    key: secretKey,
    header: Buffer.concat([wrapping.isOwn ? magics.own : magics.shared, length, wrapped]),
    madeAt: now,
    used: 0,
  };
}

function open(wrapping: TenantWrapping, tenant: string, blob: Buffer): Buffer {
  const head = blob.subarray(0, lengthAt);
  const isOwn = head.equals(magics.own);
  const hasHead = blob.length > wrappedAt && (isOwn || head.equals(magics.shared));
  const wrappedEnd = hasHead ? wrappedAt + blob.readUInt16BE(lengthAt) : 0;
  if (!hasHead || isTooShort(blob, wrappedEnd)) throw notOpened('not a sealed body');
  const wrapper = isOwn ? wrapping.own(tenant) : wrapping.shared(tenant);
  const key = wrapper.unwrap(blob.subarray(wrappedAt, wrappedEnd), contextOf(tenant));
  try {
    return openBehind(wrappedEnd, blob, key);
  } finally {
    key.fill(0);
  }
}

function contextOf(tenant: string): string {
  return `payload\n${tenant}`;
}
