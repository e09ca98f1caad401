import type { JsonObject } from '#kernel/json/value.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import { apiActivity } from './api-activity.ts';
import { authentication } from './authentication.ts';
import { authorizeSession } from './authorize-session.ts';
import type { OcsfParts } from './base-event.ts';
import { type OcsfClass, placeOf } from './class-of.ts';
import { detectionFinding } from './detection-finding.ts';
import { entityManagement } from './entity-management.ts';
import { eventLogActivity } from './event-log-activity.ts';

const classes: Readonly<Record<OcsfClass, (parts: OcsfParts) => JsonObject>> = {
  api: apiActivity,
  authentication,
  authorize: authorizeSession,
  entity: entityManagement,
  finding: detectionFinding,
  log: eventLogActivity,
};

/** The record as an event of OCSF 1.9. Pure: the same record is the same event. */
export function ocsfEvent(record: RecordEnvelope, leaf: string, key: string): JsonObject {
  const [of, activity] = placeOf(record.type);
  return classes[of]({ record, activity, leaf, key });
}
