export { canonicalBytes, canonicalPart, canonicalText } from './canonical.ts';
export { keepText, keptText } from './kept.ts';
export { type JsonLimits, parseJson } from './parse.ts';
export { plainBytes } from './plain-text.ts';
export { emptyObject, isJsonObject } from './object.ts';
export type { Json, JsonArray, JsonObject } from './value.ts';
