import type { JsonObject } from '#kernel/json/value.ts';
import { actorOf, baseEvent, type OcsfParts, sourceOf, statusOf, userOf } from './base-event.ts';

/** 3003: from now on somebody may more: acts for a user, has a role for a time, has a task. */
export function authorizeSession(parts: OcsfParts): JsonObject {
  const { record } = parts;
  const last = record.actors.at(-1) ?? ({ kind: 'system', name: record.writer } as const);
  const { details = {} } = record;
  const named = [details['role'], details['scope'], details['agent'], record.task];
  const what = named.find((one) => typeof one === 'string');
  return {
    ...baseEvent(parts, { category: 3, class: 3003 }),
    ...statusOf(record),
    actor: actorOf(record),
    user: userOf(last),
    privileges: [typeof what === 'string' ? what : record.type],
    src_endpoint: sourceOf(record),
    ...(record.session === undefined ? {} : { session: { uid: record.session } }),
  };
}
