import type { RecordType } from '#kernel/record.ts';

/** Of OCSF 1.9, each in a file of its own. */
export type OcsfClass = 'api' | 'authentication' | 'authorize' | 'entity' | 'finding' | 'log';

type Place = readonly [of: OcsfClass, activity: number];
type Room<Type = RecordType> = Type extends `${infer Name}.${string}` ? Name : never;

/** 0 is what the class cannot say, and 99 what it has no word for: then the type of the record is the word. */
const other = 99;

/** What a record of a room is, where nothing else is said: a new room has to be thought about. */
const byRoom: Readonly<Record<Room, Place>> = {
  policy: ['api', other],
  gateway: ['api', other],
  approval: ['entity', 3],
  override: ['authorize', 1],
  identity: ['entity', 3],
  token: ['authentication', 3],
  client: ['entity', 1],
  consent: ['authorize', 1],
  credential: ['entity', 3],
  lifecycle: ['entity', 3],
  directory: ['entity', 3],
  tool: ['entity', 3],
  config: ['entity', 3],
  stop: ['entity', 12],
  act: ['entity', other],
  label: ['entity', 3],
  effect: ['entity', 3],
  delegation: ['authorize', 1],
  task: ['authorize', 1],
  clock: ['finding', 1],
  log: ['log', other],
  privacy: ['entity', 3],
  export: ['log', 3],
  api: ['api', 2],
};

const byType: Readonly<Partial<Record<RecordType, Place>>> = {
  'policy.doubted': ['finding', 1],
  'gateway.refused-repeated': ['finding', 1],
  'gateway.refused-unknown': ['finding', 1],
  'gateway.started': ['log', 6],
  'gateway.stopped': ['log', 7],
  'approval.requested': ['entity', 1],
  'approval.agreed': ['entity', 3],
  'approval.approved': ['entity', 10],
  'approval.rejected': ['entity', 11],
  'approval.expired': ['entity', 11],
  'approval.withdrawn': ['entity', 11],
  'identity.enrolled': ['entity', 6],
  'identity.join-token-issued': ['entity', 1],
  'identity.refused': ['authentication', 1],
  'identity.person-added': ['entity', 1],
  'identity.person-removed': ['entity', 4],
  'identity.api-token-created': ['entity', 1],
  'identity.api-token-revoked': ['entity', 4],
  'identity.passkey-added': ['entity', 1],
  'identity.passkey-removed': ['entity', 4],
  'identity.rights-differ': ['finding', 1],
  'identity.elevated': ['authorize', 3],
  'identity.signed-in': ['authentication', 1],
  'identity.sign-in-refused': ['authentication', 1],
  'identity.session-ended': ['authentication', 2],
  'token.revoked': ['entity', 4],
  'consent.narrowed': ['entity', 3],
  'consent.withdrawn': ['entity', 4],
  'credential.stored': ['entity', 1],
  'credential.removed': ['entity', 4],
  'credential.process-lease': ['entity', 1],
  'credential.process-lease-ended': ['entity', 4],
  'lifecycle.agent-suspended': ['entity', 12],
  'lifecycle.agent-resumed': ['entity', 13],
  'lifecycle.agent-orphaned': ['finding', 1],
  'lifecycle.agent-review-overdue': ['finding', 1],
  'lifecycle.instance-revoked': ['entity', 4],
  'directory.token-issued': ['entity', 1],
  'directory.token-ended': ['entity', 4],
  'tool.observed': ['entity', 1],
  'tool.approved': ['entity', 8],
  'tool.rejected': ['entity', 9],
  'tool.quarantined': ['finding', 1],
  'stop.released': ['entity', 13],
  'stop.differs': ['finding', 1],
  'delegation.ended': ['entity', 4],
  'task.ended': ['entity', 4],
  'log.opened': ['log', 6],
  'log.recovered': ['log', 8],
  'export.dead-lettered': ['log', other],
};

export function placeOf(type: RecordType): Place {
  // A type is a room, a point and a word: that is what `Room` is made of.
  return byType[type] ?? byRoom[type.slice(0, type.indexOf('.')) as Room];
}
