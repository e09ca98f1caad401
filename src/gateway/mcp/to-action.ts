import type { ArgumentHeaders } from '#kernel/call.ts';
import { errorCodes } from '#kernel/error-codes.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import type { HttpRequest } from '../http/protocol.ts';
import type { Read } from './method.ts';
import { methodOf } from './methods.ts';
import type { Message } from './revision.ts';
import { modernRevision, type Revision } from './revisions.ts';

/** What a message asks; what is not served, or not as it is written, is an action `refused`. */
export function toAction(
  message: Message,
  revision: Revision,
  { below: server, headers }: Beside = noHeaders,
): Read {
  const method = methodOf(revision, message.method);
  const isNotification = message.method.startsWith('notifications/');
  if (method === undefined || (message.kind === 'notification') !== isNotification) {
    return refused(unknownMethod(message.method));
  }
  const read = method.read(message.params, server, argumentHeaders(headers, revision));
  return isRefusal(read) ? refused(read) : read;
}

/** What came with the message: at which server's own address, and with which headers. */
type Beside = Pick<HttpRequest, 'below' | 'headers'>;

const noHeaders: Beside = { below: undefined, headers: {} };

/** INVARIANT: headers that repeat arguments are there in the newest revision, and contradict none in any. */
function argumentHeaders(
  values: Beside['headers'],
  revision: Revision,
): ArgumentHeaders | undefined {
  const must = revision === modernRevision;
  if (must) return { values, must };
  for (const name in values) if (name.startsWith('mcp-param-')) return { values, must };
  return undefined;
}

function refused(reason: Refusal): Read {
  return { action: { kind: 'refused', reason } };
}

/** INVARIANT: what the caller wrote is told to the caller alone. */
function unknownMethod(method: string): Refusal {
  return refusal('admit/unknown-method', {
    recordedMessage: errorCodes['admit/unknown-method'].message,
    message: `method \`${method.slice(0, 64).replace(/[^\x20-\x7e]/g, '?')}\` is not served`,
  });
}
