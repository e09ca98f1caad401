export type * from './door.ts';
export { agentKind } from './agent-kind.ts';
export { createStanding } from './standing.ts';
