export type * from './door.ts';
export { traceRequest } from './trace-request.ts';
export { spansOf, spanTypes } from './spans-of.ts';
