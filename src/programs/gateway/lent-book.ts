import { setTimeout as pause } from 'node:timers/promises';
import type { GatewayPayloadKeys } from '#contracts/payload-keys.ts';
import { BailiwickError } from '#kernel/errors.ts';

const againMs = 100;

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

/** Before it serves, a gateway waits for control in any case. */
export async function onceLent<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await work();
    } catch (fault) {
      if (!(fault instanceof BailiwickError) || fault.code !== 'store/unavailable') throw fault;
      await pause(againMs);
    }
  }
}
