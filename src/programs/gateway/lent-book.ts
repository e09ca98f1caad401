import type { GatewayPayloadKeys } from '#contracts/payload-keys.ts';
import { BailiwickError } from '#kernel/errors.ts';

export interface LentBook {
  readonly keys: GatewayPayloadKeys;
  /** From now on it is asked of control. */
  from(keys: GatewayPayloadKeys): void;
}

/** A gateway opens its log before it speaks with control: until then nobody lends it a key. */
export function createLentBook(): LentBook {
  let book: GatewayPayloadKeys | undefined;
  const asked = async <Answer>(ask: (keys: GatewayPayloadKeys) => Promise<Answer>) => {
    if (book === undefined) throw new BailiwickError('store/unavailable');
    return ask(book);
  };
  return {
    keys: {
      of: (tenant, subject) => asked((keys) => keys.of(tenant, subject)),
      byHandle: (tenant, handle) => asked((keys) => keys.byHandle(tenant, handle)),
      keep: (offer) => asked((keys) => keys.keep(offer)),
      destroyed: (tenant, handle) => asked((keys) => keys.destroyed(tenant, handle)),
      destroyedSince: (tenant, after, most) =>
        asked((keys) => keys.destroyedSince(tenant, after, most)),
    },
    from(keys) {
      book = keys;
    },
  };
}
