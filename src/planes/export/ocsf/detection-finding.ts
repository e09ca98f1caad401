import type { JsonObject } from '#kernel/json/value.ts';
import { baseEvent, type OcsfParts } from './base-event.ts';

/** 2004: what somebody should look at. */
export function detectionFinding(parts: OcsfParts): JsonObject {
  const { record, key } = parts;
  const { target, type } = record;
  return {
    ...baseEvent(parts, { category: 2, class: 2004 }),
    status_id: 1,
    is_alert: true,
    finding_info: { uid: key, title: type, analytic: { name: type, type_id: 1 } },
    ...(target === undefined
      ? {}
      : { resources: [{ uid: target.target, version: target.digest, role_id: 3 }] }),
  };
}
