export type * from './door.ts';
export { explainRecord, isDecision } from './explain-record.ts';
export { nearestTried } from './nearest-tried.ts';
