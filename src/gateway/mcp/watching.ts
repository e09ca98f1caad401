import { type Refusal, refusal } from '#kernel/errors.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Reading } from '../http/protocol.ts';
import type { Session } from '../sessions/sessions.ts';
import type { Front } from './front.ts';
import { methodOf } from './methods.ts';
import type { Message } from './revision.ts';
import type { Revision } from './revisions.ts';

/** A session that wants to hear of a resource, or does not any more. */
export interface Watching {
  readonly message: Message;
  readonly session: Session | undefined;
  /** At whose own address it was asked. */
  readonly server: string | undefined;
}

type Heard = Pick<Reading, 'onEnded' | 'onIdentified'>;

const noRoom = refusal('admit/overloaded', { retryAfter: 30 });
const noSession = refusal('admit/malformed', {
  message: 'only a session hears of resources: begin one, and name it',
});

/** INVARIANT: those who listen are bounded in all, whichever way they ask for it. */
export function whyNotHeard(
  { listeners, subscriptions }: Front,
  {
    message,
    revision,
    session,
  }: Pick<Watching, 'message' | 'session'> & { readonly revision: Revision },
): Refusal | undefined {
  const method = methodOf(revision, message.method);
  if (method?.listens === true) return listeners?.hasRoom === false ? noRoom : undefined;
  if (method?.subscribes !== true) return undefined;
  if (listeners === undefined || session === undefined) return noSession;
  const isFull = subscriptions?.hasRoomFor(session, uriOf(message)) !== true;
  return isFull ? noRoom : undefined;
}

/** INVARIANT: a session hears of what it was let ask for, and with the rights by which that was judged. */
export function subscribing(
  { listeners, subscriptions }: Front,
  { message, session, server }: Watching,
): Heard {
  let by: Principal | undefined;
  let rights = '';
  return {
    onIdentified(principal, judgedBy) {
      by = principal;
      rights = listeners?.rightsOf(principal, judgedBy) ?? '';
    },
    onEnded(outcome) {
      if (outcome?.kind !== 'result' || by === undefined || session === undefined) return;
      subscriptions?.add(by, session, { uri: uriOf(message), server, rights });
    },
  };
}

export function unsubscribing({ subscriptions }: Front, { message, session }: Watching): Heard {
  return {
    onEnded(outcome) {
      const isSo = outcome?.kind === 'noticed' && session !== undefined;
      if (isSo) subscriptions?.remove(session.id, uriOf(message));
    },
  };
}

/** As its method has read it. */
function uriOf({ params: { uri } }: Message): string {
  return typeof uri === 'string' ? uri : '';
}
