export type * from './door.ts';
export { type CallCounts, countsOf, createCallCounts, type ToldCounts } from './call-counts.ts';
export { createObjectDesk, type ObjectDesk } from './object-desk.ts';
export { createRates } from './rates.ts';
export { createRefusalBook } from './refusal-book.ts';
export { createSoftenedBook, softenedOf } from './softened.ts';
