export { canonicalBytes, canonicalPart, canonicalText } from './canonical.ts';
export { type JsonLimits, parseJson } from './parse.ts';
export { emptyObject, isJsonObject } from './object.ts';
export type { Json, JsonArray, JsonObject } from './value.ts';
