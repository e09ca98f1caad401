import type { JsonObject } from '#kernel/json/value.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import { actorOf, baseEvent, given, type OcsfParts, sourceOf, statusOf } from './base-event.ts';

/** 3004: something that is kept here is new, other, stopped or gone. */
export function entityManagement(parts: OcsfParts): JsonObject {
  const { record } = parts;
  const reason = record.details?.['reason'];
  return {
    ...baseEvent(parts, { category: 3, class: 3004 }),
    ...statusOf(record),
    actor: actorOf(record),
    entity: entityOf(record),
    ...given('comment', typeof reason === 'string' ? reason : undefined),
    src_endpoint: sourceOf(record),
  };
}

/** By what records call what they are about. */
const names = ['name', 'agent', 'client', 'tool', 'server', 'secret', 'stopped', 'sink', 'person'];

function entityOf(record: RecordEnvelope): JsonObject {
  const { details = {}, target, approval, task, session, id, type } = record;
  const named = names.map((name) => details[name]).find((value) => typeof value === 'string');
  const name = typeof named === 'string' && named !== '' ? named : target?.target;
  return {
    ...given('name', name),
    uid: approval?.id ?? target?.digest ?? task ?? session ?? id,
    type: type.slice(0, type.indexOf('.')),
  };
}
