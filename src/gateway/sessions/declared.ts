import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';

/** What a client can be asked, as far as anybody asks it. A bit of each stands in its session's id. */
const paths = [
  ['elicitation'],
  ['elicitation', 'form'],
  ['elicitation', 'url'],
  ['sampling'],
  ['sampling', 'tools'],
  ['roots'],
] as const;

export function declaredBits(capabilities: Json | undefined): number {
  let bits = 0;
  for (const [at, path] of paths.entries()) {
    let value = capabilities;
    for (const name of path) value = isJsonObject(value) ? value[name] : undefined;
    if (isJsonObject(value)) bits |= 1 << at;
  }
  return bits;
}

export function declaredBy(bits: number): JsonObject {
  const capabilities: Record<string, Record<string, JsonObject>> = {};
  for (const [at, [room, part]] of paths.entries()) {
    if ((bits & (1 << at)) === 0) continue;
    const inside = (capabilities[room] ??= {});
    if (part !== undefined) inside[part] = {};
  }
  return capabilities;
}
