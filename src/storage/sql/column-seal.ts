import type { TenantKeys } from '#contracts/tenant-keys.ts';
import { BailiwickError } from '#kernel/errors.ts';

/** Before what is sealed in a column; nothing that a column holds in plain begins so. */
export const sealedForm = 'bwk1:';

/** What stands in columns of one tenant, under the key of that tenant. */
export interface ColumnSeal {
  /** Throws `audit/erased` once the key of the tenant was destroyed: what nobody could read is not kept. */
  seal(tenant: string, plain: string): string;
  /** Undefined where that key was destroyed. What is not sealed is given back. */
  open(tenant: string, column: string): string | undefined;
}

/** How long a key is used before it is asked for again: reading it costs more than many columns. */
const keptMs = 1_000;

const contextOf = (tenant: string): string => `column of tenant\n${tenant}`;

export function createColumnSeal(
  tenants: Pick<TenantKeys, 'wrapper' | 'destroyed'>,
  now = (): number => performance.now(),
): ColumnSeal {
  const kept = new Map<string, { until: number; key: ReturnType<TenantKeys['wrapper']> }>();
  const keyOf = (tenant: string) => {
    const known = kept.get(tenant);
    if (known !== undefined && now() < known.until) return known.key;
    kept.delete(tenant);
    const key = tenants.wrapper(tenant);
    kept.set(tenant, { until: now() + keptMs, key });
    return key;
  };
  return {
    seal(tenant, plain) {
      const sealed = keyOf(tenant).wrap(Buffer.from(plain, 'utf8'), contextOf(tenant));
      return `${sealedForm}${Buffer.from(sealed).toString('base64')}`;
    },
    open(tenant, column) {
      if (!column.startsWith(sealedForm)) return column;
      if (kept.get(tenant) === undefined && tenants.destroyed(tenant) !== undefined)
        return undefined;
      const bytes = Buffer.from(column.slice(sealedForm.length), 'base64');
      try {
        return keyOf(tenant).unwrap(bytes, contextOf(tenant)).toString('utf8');
      } catch (fault) {
        if (tenants.destroyed(tenant) !== undefined) return undefined;
        throw fault;
      }
    },
  };
}

/** What is still there in plain of a tenant whose key was destroyed goes: nobody is to read it any more. */
export function sealedOrGone(seal: ColumnSeal, tenant: string, plain: string): string {
  try {
    return seal.seal(tenant, plain);
  } catch (fault) {
    if (fault instanceof BailiwickError && fault.code === 'audit/erased') return sealedForm;
    throw fault;
  }
}
