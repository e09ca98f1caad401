import { isRefusal, refusal } from '#kernel/errors.ts';
import type { HttpRequest, Reading } from '../http/protocol.ts';
import type { Session } from '../sessions/sessions.ts';
import { acceptsOf } from './accept.ts';
import { isPlace } from '../sessions/places-of-answers.ts';
import { type Front, type Known, refused, sessionFor, unread } from './front.ts';
import { resuming } from './keeping.ts';
import { liveOf, sessionStream } from './listen.ts';
import type { Incoming } from './message.ts';
import { isLegacy, modernRevision } from './revisions.ts';

/** It is for a call that is still open, once it is known whose it is. */
export function replied(
  front: Front,
  { id, reply }: Extract<Incoming, { kind: 'response' }>,
  request: HttpRequest,
): Reading {
  const session = sessionFor(front, request, undefined, '');
  if (isRefusal(session)) return refused(front, session);
  return {
    method: 'response',
    revision: session?.revision ?? '',
    action: { kind: 'notice' },
    heldBy: session?.holder,
    // No call of its own: what is wrong with it ends no session.
    answer: (outcome) => front.answerTo(outcome, { ...unread, revision: session?.revision }),
    onEnded(outcome) {
      if (outcome?.kind === 'noticed') front.asks.reply(outcome.principal, String(id), reply);
    },
  };
}

/** A client that wants to hear what happens, and which lists have changed since it heard last. */
export function readStream(front: Front, request: HttpRequest): Reading {
  const { listeners } = front;
  const declared = request.headers['mcp-protocol-version'];
  if (listeners === undefined || declared === modernRevision) {
    return refused(front, refusal('admit/method-not-allowed'), { method: 'GET' });
  }
  if (declared !== undefined && !isLegacy(declared)) {
    return refused(front, refusal('admit/unsupported-revision'), { method: 'GET' });
  }
  const session = sessionFor(front, request, undefined, 'GET');
  if (isRefusal(session)) return refused(front, session, { method: 'GET' });
  if (!acceptsOf(request.headers['accept']).stream) {
    return refused(front, refusal('admit/not-acceptable'), { method: 'GET' });
  }
  const after = request.headers['last-event-id'] ?? '';
  if (isPlace(after)) return readRest(front, session, after);
  if (!listeners.hasRoom) {
    return refused(front, refusal('admit/overloaded', { retryAfter: 30 }), { method: 'GET' });
  }
  return {
    ...taken(front, session, 'GET'),
    ...liveOf(listeners, (by) =>
      sessionStream({ by, session: session?.id, after }, front.subscriptions),
    ),
  };
}

/** A client that lost the connection on which an answer came. */
function readRest(front: Front, session: Known | undefined, after: string): Reading {
  const place = session && front.answers?.placeOf(after, session.id);
  if (session === undefined || place === undefined) {
    return refused(front, refusal('admit/unknown-event'), { method: 'GET' });
  }
  return { ...taken(front, session, 'GET'), ...resuming(front, place, session.revision) };
}

/** The client has no more use for its session. */
export function readEnd(front: Front, request: HttpRequest): Reading {
  const session = sessionFor(front, request, undefined, 'DELETE');
  if (session === undefined || isRefusal(session)) {
    const no = session ?? refusal('admit/malformed', { message: 'no session is named' });
    return refused(front, no, { method: 'DELETE' });
  }
  return {
    ...taken(front, session, 'DELETE'),
    onEnded(outcome) {
      if (outcome?.kind === 'noticed') front.sessions?.end(session.id);
    },
  };
}

function taken(front: Front, session: Session | undefined, method: 'GET' | 'DELETE'): Reading {
  return {
    method,
    revision: session?.revision ?? '',
    action: { kind: 'notice' },
    heldBy: session?.holder,
    answer: (outcome) => front.answerTo(outcome, unread),
  };
}
