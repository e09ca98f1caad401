import { type Refusal, refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Cancellations } from '../cancellations.ts';
import type { HttpRequest, Reading } from '../http/protocol.ts';
import type { KeptAnswers } from '../sessions/kept-answers.ts';
import type { Listeners } from '../sessions/listeners.ts';
import type { Subscriptions } from '../sessions/subscriptions.ts';
import type { Session, Sessions } from '../sessions/sessions.ts';
import type { Asks } from '../talk/asks.ts';
import type { Asked, createAnswers } from './answer.ts';
import { recordedMethod } from './recorded-method.ts';
import { isLegacy, type LegacyRevision, modernRevision, type Revision } from './revisions.ts';

/** What a client is given beside answers. Without sessions, clients of all revisions do without. */
export interface McpParts {
  readonly cancellations?: Cancellations | undefined;
  readonly asks?: Asks | undefined;
  readonly sessions?: Sessions | undefined;
  readonly listeners?: Listeners | undefined;
  readonly subscriptions?: Subscriptions | undefined;
  readonly answers?: KeptAnswers | undefined;
}

export interface Front extends McpParts {
  readonly info: JsonObject;
  readonly cancellations: Cancellations;
  readonly asks: Asks;
  readonly answerTo: ReturnType<typeof createAnswers>;
}

export const unread: Asked = { id: null, method: '', revision: undefined };

export function refused(front: Front, reason: Refusal, asked: Partial<Asked> = {}): Reading {
  return {
    method: asked.method === undefined ? '' : recordedMethod(asked.method),
    revision: '',
    action: { kind: 'refused', reason },
    answer: (outcome) => front.answerTo(outcome, { ...unread, id: asked.id ?? null }),
  };
}

/**
 * The session that a request names. INVARIANT: one that is not ours, has ended or is not the caller's is
 * refused, and never taken for none. A client that names none goes on without.
 */
export function sessionFor(
  { sessions }: Front,
  { headers }: HttpRequest,
  revision: Revision | undefined,
  method: string,
): Known | Refusal | undefined {
  const named = headers['mcp-session-id'];
  // The newest revision has none, and a handshake begins another.
  if (sessions === undefined || named === undefined || method === 'initialize') return undefined;
  if (revision === modernRevision) return undefined;
  const session = sessions.open(named);
  if (session === undefined) return refusal('admit/unknown-session');
  const declared = headers['mcp-protocol-version'];
  if (!isLegacy(session.revision)) return refusal('admit/unknown-session');
  if (declared !== undefined && declared !== session.revision) {
    return refusal('admit/header-mismatch', {
      message: 'header `MCP-Protocol-Version` does not say what was agreed in this session',
    });
  }
  return { ...session, revision: session.revision };
}

/** In a revision that is still served. */
export type Known = Session & { readonly revision: LegacyRevision };
