export { type Cancellations, createCancellations } from './cancellations.ts';
export { onceTold } from './once-told.ts';
export { type ChoreParts, type Chores, readStopFile, startChores, tendKeys } from './chores.ts';
export {
  carriedSnapshot,
  compileConfiguration,
  type Configurations,
  createConfigurations,
} from './configuration.ts';
export type { Protocol } from './http/protocol.ts';
export { createModelConnections, type ModelConnections } from './model-connections.ts';
export { createAsks, type Asks } from './talk/asks.ts';
export { createParkedRules } from './talk/parked.ts';
export { createQuestions, type Questions } from './talk/questions.ts';
export { createKeptPages, type KeptPages } from './results/kept-pages.ts';
export { createOpenCalls, type OpenCalls } from './open-calls.ts';
export { pathsThrough, routeStages, type Stages } from './path.ts';
export { type FellowParts, fellowServices } from './fellows.ts';
export { withPages } from './page-waits.ts';
export { createPipeline, type Look, type Pipeline } from './pipeline.ts';
export { type StageName, stageNames } from './stage-names.ts';
export { createIntake } from './intake.ts';
export type { StreamBounds } from './streams/bounds.ts';
export { createQuotas } from './quotas.ts';
export { createLook, createShown } from './look.ts';
export { createKeptAnswers } from './sessions/kept-answers.ts';
export { createListeners } from './sessions/listeners.ts';
export { createServerWords, type WordsToHearers } from './sessions/server-words.ts';
export { createSubscriptions } from './sessions/subscriptions.ts';
export { createSessions } from './sessions/sessions.ts';
export { listeningIn } from './may-listen.ts';
export type { Actions } from './action.ts';
export { createTaskAmounts } from './task-amounts.ts';
export { createSpoken } from './spoken.ts';
export { createScopedData } from './scoped-data.ts';
export { createOutflow, type OutflowKeeper } from './outflow.ts';
export { createTaskObjects } from './task-objects.ts';
export { createTaskFlow, type TaskFlow } from './task-flow.ts';
export { createOwnTold, type OwnTold } from './last-told.ts';
export { createTaskPast } from './task-past.ts';
export { createTaskWords } from './task-words.ts';
export { createResultSignals } from './result-signals.ts';
export { createValueYeses } from './value-yeses.ts';
export { createTaskLabels } from './session-labels.ts';
export { followFeeds } from './feeds.ts';
export { toldOf } from './refused-snapshot.ts';
export { serveGateway } from './serve.ts';
export { createStages, type StageParts } from './stages.ts';
export { createState, type GatewayState, type StateControl } from './state.ts';
export { parseStopFile } from './stop-file.ts';
export { createServerStates, type ServerStates } from './server-states.ts';
export { createTerminal, type Terminal } from './terminal.ts';
export { keyedDigests, type KeyedDigest } from './keyed-digest.ts';
export { createUnreconciled, type Unreconciled } from './unreconciled.ts';
export { createUpstreams, type UpstreamParts, type Upstreams } from './upstreams.ts';
export type { SoFar } from './progress.ts';
export { systemTimer, type Timer } from './streams/timer.ts';
