import type { JsonObject } from '#kernel/json/value.ts';
import { actorOf, baseEvent, type OcsfParts, statusOf } from './base-event.ts';

/** 1008: of the log itself: begun, ended, read, sealed, sent elsewhere. */
export function eventLogActivity(parts: OcsfParts): JsonObject {
  const { record, key } = parts;
  return {
    ...baseEvent(parts, { category: 1, class: 1008 }),
    ...statusOf(record),
    actor: actorOf(record),
    log_name: key.slice(0, key.indexOf('#')),
    log_provider: 'Bailiwick',
    log_type_id: 2,
  };
}
