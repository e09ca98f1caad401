import { type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { ArgumentBound } from '#kernel/tool.ts';

/** The manifest's own limits on arguments: tighter than the schema, and of this agent alone. */
export function outsideBounds(
  bounds: Readonly<Record<string, readonly ArgumentBound[]>>,
  args: JsonObject,
): Refusal | undefined {
  for (const name of Object.keys(bounds)) {
    if (!Object.hasOwn(args, name)) continue;
    const value = args[name] as Json;
    for (const bound of bounds[name] ?? []) {
      if (!within(bound, value)) {
        return refusal('tools/outside-envelope', {
          message: `argument \`${name}\` is outside what this agent may use`,
          details: { argument: name },
        });
      }
    }
  }
  return undefined;
}

/** A value of another type than the bound is about is outside it. */
function within(bound: ArgumentBound, value: Json): boolean {
  switch (bound.kind) {
    case 'max':
      return typeof value === 'number' && value <= bound.value;
    case 'min':
      return typeof value === 'number' && value >= bound.value;
    case 'one-of': {
      const text = canonicalText(value);
      return bound.values.some((one) => canonicalText(one) === text);
    }
    case 'prefix':
      return typeof value === 'string' && value.startsWith(bound.value);
  }
}
