export { describeStatus, notServing, type StatusParts } from './describe-status.ts';
export { createMetrics } from './metrics.ts';
export { type ControlApi, createControlApi } from './server.ts';
export type {
  CheckedPolicies,
  ControlParts,
  Desks,
  PolicyReplay,
  Proposals,
  ReplayedPolicies,
  SeenServer,
  Vitals,
} from './parts.ts';
export { createPersonTurns } from './person-turns.ts';
export { createRepeatedActs, repeatsKey } from './repeated-acts.ts';
export { createRunningReplays } from './running-replays.ts';
export { describeApi } from './openapi.ts';
export { routes } from './routes.ts';
export type { Route } from './route.ts';
