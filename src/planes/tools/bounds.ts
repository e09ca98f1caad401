import { type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { ManifestTool } from '#kernel/snapshot.ts';
import { visibleText } from '#kernel/text/index.ts';
import type { ArgumentBound } from '#kernel/tool.ts';

interface Check {
  readonly argument: string;
  readonly bound: ArgumentBound['kind'];
  readonly words: string;
  readonly fits: (value: Json) => boolean;
}

/** The manifest's bounds of one tool, ready to judge; most tools have none. */
export interface Bounds {
  readonly checks: readonly Check[];
  /** A bounded argument that the tool does not have: whatever it was meant for is unbounded. */
  readonly stray: string | undefined;
}

export function compileBounds(
  bounds: ManifestTool['bounds'],
  isArgument: (name: string) => boolean,
): Bounds {
  const checks = Object.entries(bounds).flatMap(([argument, list]) =>
    list.map((bound) => ({ argument, bound: bound.kind, ...compileBound(bound) })),
  );
  return { checks, stray: Object.keys(bounds).find((name) => !isArgument(name)) };
}

/** INVARIANT: a bound on an argument of another type refuses; what cannot be compared is outside. */
function compileBound(bound: ArgumentBound): Pick<Check, 'words' | 'fits'> {
  if (bound.kind === 'max') {
    return {
      words: `at most ${bound.value}`,
      fits: (value) => typeof value === 'number' && value <= bound.value,
    };
  }
  if (bound.kind === 'min') {
    return {
      words: `at least ${bound.value}`,
      fits: (value) => typeof value === 'number' && value >= bound.value,
    };
  }
  if (bound.kind === 'one-of') {
    return { words: 'one of the listed values', fits: isOneOf(bound.values) };
  }
  return {
    words: `text that starts with \`${visibleText(bound.value, { maxLength: 100 })}\``,
    fits: (value) => typeof value === 'string' && startsInside(value, bound.value),
  };
}

function isOneOf(values: readonly Json[]): Check['fits'] {
  const allowed = new Set(values.map(canonicalText));
  return (value) => allowed.has(canonicalText(value));
}

/** A path that starts inside and climbs out again is outside, also when the dots are encoded. */
function startsInside(value: string, prefix: string): boolean {
  if (!value.startsWith(prefix)) return false;
  return !prefix.includes('/') || !climbs.test(value.slice(prefix.lastIndexOf('/')));
}

const climbs = /(?:[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?:[/\\?#]|%2f|%5c|$)/i;

/** INVARIANT: a bound that can bind nothing refuses; a typing error must not open a tool. */
export function judgeBounds({ checks, stray }: Bounds, args: JsonObject): Refusal | undefined {
  if (stray !== undefined) {
    const argument = visibleText(stray, { maxLength: 200 });
    return refusal('tools/outside-envelope', {
      message: `the manifest bounds \`${argument}\`, which this tool does not have`,
      suggestedAction: 'ask the operator to correct the manifest',
      details: { argument },
    });
  }
  for (const { argument, bound, words, fits } of checks) {
    if (!Object.hasOwn(args, argument)) continue;
    const value = args[argument];
    if (value !== undefined && fits(value)) continue;
    const name = visibleText(argument, { maxLength: 200 });
    return refusal('tools/outside-envelope', {
      message: `\`${name}\` is outside what this agent may use: ${words}`,
      details: { argument: name, bound },
    });
  }
  return undefined;
}
