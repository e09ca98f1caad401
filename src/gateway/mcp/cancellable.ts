import type { Cancellations } from '../cancellations.ts';
import type { Reading } from '../http/protocol.ts';
import type { RpcId } from './message.ts';
import type { Message } from './revision.ts';

export interface Cancelling {
  /** Of the client, where it has one: INVARIANT: what is open in one is ended from no other. */
  readonly session: string | undefined;
  /** Ends this very message. */
  readonly cancel: () => void;
}

/** A request can be cancelled while it is open, and a notice can cancel one, once it was let pass. */
export function cancellable(
  cancellations: Cancellations,
  reading: Reading,
  message: Message,
  { session, cancel }: Cancelling,
): Reading {
  if (message.kind === 'notification') {
    const cancels = cancelled(message.method, message.params['requestId']);
    if (cancels === undefined) return reading;
    return {
      ...reading,
      onEnded(outcome) {
        if (outcome?.kind === 'noticed') {
          cancellations.cancel(outcome.principal, { session, id: cancels });
        }
      },
    };
  }
  let close: (() => void) | undefined;
  return {
    ...reading,
    onIdentified(by, judgedBy) {
      reading.onIdentified?.(by, judgedBy);
      close ??= cancellations.open(by, { session, id: message.id }, cancel);
    },
    onEnded(outcome) {
      reading.onEnded?.(outcome);
      close?.();
    },
  };
}

function cancelled(method: string, id: unknown): RpcId | undefined {
  if (method !== 'notifications/cancelled') return undefined;
  return typeof id === 'string' || typeof id === 'number' ? id : undefined;
}
