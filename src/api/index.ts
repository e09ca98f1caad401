export { describeStatus } from './describe-status.ts';
export { type ControlApi, createControlApi } from './server.ts';
export type { CheckedPolicies, ControlParts, Desks } from './parts.ts';
export { routes } from './routes.ts';
export type { Route } from './route.ts';
