export type * from './door.ts';
export { type CallCounts, countsOf, createCallCounts, type ToldCounts } from './call-counts.ts';
export { createRates } from './rates.ts';
export { createRefusalBook } from './refusal-book.ts';
export { createSoftenedBook, softenedOf } from './softened.ts';
