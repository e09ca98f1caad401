import type { Fellows } from '#contracts/fellows.ts';
import type { Keyring } from '#contracts/keyring.ts';
import {
  createCancellations,
  createKeptAnswers,
  createListeners,
  createSessions,
  createSubscriptions,
  listeningIn,
} from '#gateway/index.ts';
import type { GatewayParts } from './parts.ts';

/**
 * What clients of this gateway have open beside calls. The key of sessions is every gateway's of these
 * keys, and stays: a client that comes back after a start, at whichever of them, is known.
 */
export async function openClientFace(
  parts: GatewayParts,
  { keyring, fellows }: { readonly keyring: Keyring; readonly fellows: Fellows },
) {
  const listening = listeningIn(parts);
  const listeners = createListeners(listening);
  const subscriptions = createSubscriptions(fellows, listening);
  const seal = await keyring.wrapper('mcp-sessions');
  const answers = createKeptAnswers({ seal, clock: parts.clock, fellows });
  const sessions = createSessions({
    seal,
    clock: parts.clock,
    fellows,
    onEnd(id) {
      listeners.endSession(id);
      subscriptions.endSession(id);
      answers.endSession(id);
    },
  });
  parts.words.to({ listeners, subscriptions });
  const cancellations = createCancellations(fellows);
  return { cancellations, asks: parts.asks, sessions, listeners, subscriptions, answers };
}

export type ClientFace = Awaited<ReturnType<typeof openClientFace>>;
