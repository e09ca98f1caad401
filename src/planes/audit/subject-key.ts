import { randomBytes } from 'node:crypto';
import type { GatewayPayloadKeys, PayloadKey } from '#contracts/payload-keys.ts';
import type { Clock } from '#kernel/time.ts';
import type { TenantWrapping } from './tenant-wrapping.ts';

export const handleBytes = 16;

/** The key that stands for this subject, or a new one, which does from then on. */
export async function keyToKeep(
  parts: {
    readonly keys: GatewayPayloadKeys;
    readonly wrapping: TenantWrapping;
    readonly clock: Clock;
  },
  tenant: string,
  subject: string,
): Promise<PayloadKey> {
  const { keys, wrapping, clock } = parts;
  const known = await keys.of(tenant, subject);
  if (known !== undefined) return known;
  return keys.keep({ tenant, subject, key: newKey(wrapping, tenant), now: clock.now() });
}

/** Of a row that is wrapped under the key of its tenant. */
export const ownForm = 'tenant:';

export function wrappedFor(
  wrapping: TenantWrapping,
  tenant: string,
  handle: string,
  key: Buffer,
): string {
  const wrapped = wrapping.own(tenant).wrap(key, contextOf(tenant, handle));
  const text = Buffer.from(wrapped).toString('base64');
  return wrapping.isOwn ? `${ownForm}${text}` : text;
}

/** INVARIANT: the key itself is in memory for as long as `use` runs. */
export function withKey<T>(
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

function newKey(wrapping: TenantWrapping, tenant: string): PayloadKey {
  const handle = randomBytes(handleBytes).toString('hex');
  const key = randomBytes(32);
  const wrappedKey = wrappedFor(wrapping, tenant, handle, key);
  key.fill(0);
  return { handle, wrappedKey };
}

/** A row that somebody moved to another tenant or handle does not unwrap there. */
function contextOf(tenant: string, handle: string): string {
  return `payload-of-subject\n${tenant}\n${handle}`;
}
