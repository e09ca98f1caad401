import type { JsonObject } from '#kernel/json/value.ts';
import { actorOf, baseEvent, type OcsfParts, sourceOf, statusOf, userOf } from './base-event.ts';

/** 3002: somebody said who they are, or an access token was asked for. */
export function authentication(parts: OcsfParts): JsonObject {
  const { record } = parts;
  const [first = { kind: 'system', name: record.writer } as const] = record.actors;
  return {
    ...baseEvent(parts, { category: 3, class: 3002 }),
    ...statusOf(record),
    actor: actorOf(record),
    user: userOf(first),
    service: { name: 'Bailiwick' },
    src_endpoint: sourceOf(record),
    ...(record.session === undefined ? {} : { session: { uid: record.session } }),
  };
}
