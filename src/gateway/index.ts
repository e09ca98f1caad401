export { type Chores, readStopFile, startChores } from './chores.ts';
export {
  compileConfiguration,
  type Configurations,
  createConfigurations,
} from './configuration.ts';
export type { Protocol } from './http/protocol.ts';
export { createOpenCalls, type OpenCalls } from './open-calls.ts';
export {
  createPipeline,
  type Pipeline,
  routes,
  type StageName,
  stageNames,
  type Stages,
} from './pipeline.ts';
export { createIntake } from './intake.ts';
export { createQuotas } from './quotas.ts';
export { createRefresh, type Refresh } from './refresh.ts';
export { createTaskLabels } from './session-labels.ts';
export { followFeeds } from './feeds.ts';
export { toldOf } from './refused-snapshot.ts';
export { serveGateway } from './serve.ts';
export { createStages, type StageParts } from './stages.ts';
export { createState, type GatewayState, type StateControl } from './state.ts';
export { parseStopFile } from './stop-file.ts';
export { createTerminal } from './terminal.ts';
export { createUnreconciled, type Unreconciled } from './unreconciled.ts';
export { createUpstreams, type UpstreamParts, type Upstreams } from './upstreams.ts';
export type { Stage, Walk } from './walk.ts';
