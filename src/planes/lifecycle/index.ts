export type * from './door.ts';
export { agentKind } from './agent-kind.ts';
export { createStandingDesk } from './desk.ts';
export { createStanding } from './standing.ts';
export type { NamedTarget } from './stop-target.ts';
export { createStopFileWatch } from './stop-file-watch.ts';
export { createUrgentStops, type UrgentStops } from './urgent-stops.ts';
export { alreadyDone } from './repeats.ts';
export type { RepeatableCall, Repeats } from './repeats.ts';
