export type * from './door.ts';
export { otlpTraces, type SpanSource } from './otlp.ts';
export { spansOf, spanTypes } from './spans-of.ts';
