import type { JsonObject } from '#kernel/json/index.ts';
import type { ClientAsk, ServerEntry } from '#kernel/snapshot.ts';

const words: Readonly<Record<ClientAsk, JsonObject>> = {
  elicitation: { form: {}, url: {} },
  sampling: {},
  roots: {},
};

/**
 * What a server of the handshake era is told that it may ask, once for all who will call it; whoever
 * cannot be asked is spoken for when it comes to that.
 */
export function capabilitiesFor({ asks = [] }: Pick<ServerEntry, 'asks'>): JsonObject {
  return Object.fromEntries(asks.map((ask) => [ask, words[ask]]));
}
