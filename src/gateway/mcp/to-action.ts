import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import type { Read } from './method.ts';
import { methodOf } from './methods.ts';
import type { Message } from './revision.ts';
import type { Revision } from './revisions.ts';

/** What a message asks; what is not served, or not as it is written, is an action `refused`. */
export function toAction(message: Message, revision: Revision, server?: string): Read {
  const method = methodOf(revision, message.method);
  const isNotification = message.method.startsWith('notifications/');
  if (method === undefined || (message.kind === 'notification') !== isNotification) {
    return refused(unknownMethod(message.method));
  }
  const read = method.read(message.params, server);
  return isRefusal(read) ? refused(read) : read;
}

function refused(reason: Refusal): Read {
  return { action: { kind: 'refused', reason } };
}

function unknownMethod(method: string): Refusal {
  return refusal('admit/unknown-method', {
    message: `method \`${method.slice(0, 64).replace(/[^\x20-\x7e]/g, '?')}\` is not served`,
  });
}
