export type * from './door.ts';
export { traceRequest } from './trace-request.ts';
export { spansOf } from './spans-of.ts';
