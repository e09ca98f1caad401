export type * from './door.ts';
export { createEnrolment } from './enrolment.ts';
export { createIdentityGate, type IdentityGateOptions } from './gate.ts';
export { createIdentityDesk } from './desk.ts';
export { workloadIssuerKind } from './workload-kind.ts';
export { stepUpKind } from './step-up-kind.ts';
export { speakerKind } from './speaker-kind.ts';
export { readStatement, wordsType } from './spoken-words.ts';
export { createElevationDesk, type ElevationDesk } from './elevation.ts';
export { type ApiTokenDesk, createApiTokenDesk } from './token-desk.ts';
export {
  type CommandLineDesk,
  createCommandLineDesk,
  type LoginRequest,
} from './command-line.ts';
export { createKeyProofs } from './key-proofs.ts';
export { createPeopleDesk } from './people-desk.ts';
export { gainsNothing } from './people-changes.ts';
export {
  createLoginWatch,
  type LoginWatch,
  loginAskMs,
  loginToldMs,
  type RecentLogin,
} from './login-watch.ts';
export { createDelegatedTasks } from './delegated-tasks.ts';
export { createTaskDesk } from './task-desk.ts';
export type { TaskDesk, TaskDetail, TaskView } from './task-desk.ts';
export { createTaskKeeper } from './task-keeper.ts';
export type { TaskKeeper } from './task-keeper.ts';
export { legacySession } from './task-heirs.ts';
export { createRightsWatch } from './rights-watch.ts';
