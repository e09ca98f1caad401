import { type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { ManifestTarget } from '#kernel/manifest.ts';
import { staysBelow } from '#kernel/prefix.ts';
import { visibleText } from '#kernel/text/index.ts';
import type { ArgumentBound } from '#kernel/tool.ts';

interface Check {
  readonly argument: string;
  readonly bound: ArgumentBound['kind'];
  readonly words: string;
  readonly fits: (value: Json) => boolean;
}

interface ArgumentCheck extends Check {
  /** Left out, the tool takes a default that lies inside. */
  readonly mayBeAbsent: boolean;
}

/** What the tool's own definition says of its arguments. */
export interface Declared {
  has(argument: string): boolean;
  /** What the tool takes when the argument is left out. */
  defaultOf(argument: string): Json | undefined;
}

/** The manifest's bounds of one tool, ready to judge; most tools have none. */
export interface Bounds {
  readonly checks: readonly ArgumentCheck[];
  /** A bounded argument that the tool does not have: whatever it was meant for is unbounded. */
  readonly stray: string | undefined;
  /** Of others who bound it too: of each list one must hold. */
  readonly also: readonly (readonly Bounds[])[];
}

export function compileBounds(
  { bounds, also = [] }: Pick<ManifestTarget, 'bounds' | 'also'>,
  declared: Declared,
): Bounds {
  const checks = Object.entries(bounds).flatMap(([argument, list]) => {
    const usual = declared.defaultOf(argument);
    return list.map((bound) => {
      const check = compileBound(bound);
      const mayBeAbsent = usual !== undefined && check.fits(usual);
      return { argument, bound: bound.kind, ...check, mayBeAbsent };
    });
  });
  return {
    checks,
    stray: Object.keys(bounds).find((name) => !declared.has(name)),
    also: also.map((any) => any.map((one) => compileBounds({ bounds: one }, declared))),
  };
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
    fits: (value) => typeof value === 'string' && staysBelow(value, bound.value),
  };
}

function isOneOf(values: readonly Json[]): Check['fits'] {
  const allowed = new Set(values.map(canonicalText));
  return (value) => allowed.has(canonicalText(value));
}

/**
 * INVARIANT: a bound that can bind nothing refuses; a typing error must not open a tool. An argument
 * that is left out is whatever the tool makes of it, so it passes only with a default that fits.
 */
export function judgeBounds(bounds: Bounds, args: JsonObject): Refusal | undefined {
  const outside = judgeOwn(bounds, args);
  if (outside !== undefined || bounds.also.length === 0) return outside;
  return firstOf(bounds.also, (any) => judgeAny(any, args));
}

/** INVARIANT: a list without anything in it lets nothing through. */
function judgeAny(any: readonly Bounds[], args: JsonObject): Refusal | undefined {
  const refused = any.map((one) => judgeBounds(one, args));
  if (refused.includes(undefined)) return undefined;
  return refused[0] ?? refusal('tools/outside-envelope');
}

function firstOf<Item>(
  items: readonly Item[],
  judge: (item: Item) => Refusal | undefined,
): Refusal | undefined {
  for (const item of items) {
    const no = judge(item);
    if (no !== undefined) return no;
  }
  return undefined;
}

function judgeOwn({ checks, stray }: Bounds, args: JsonObject): Refusal | undefined {
  if (stray !== undefined) {
    const argument = visibleText(stray, { maxLength: 200 });
    return refusal('tools/outside-envelope', {
      message: `the manifest bounds \`${argument}\`, which this tool does not have`,
      suggestedAction: 'ask the operator to correct the manifest',
      details: { argument },
    });
  }
  for (const { argument, bound, words, fits, mayBeAbsent } of checks) {
    const value = Object.hasOwn(args, argument) ? args[argument] : undefined;
    if (value === undefined ? mayBeAbsent : fits(value)) continue;
    const name = visibleText(argument, { maxLength: 200 });
    const how =
      value === undefined
        ? 'must be given, because what this agent may use of it is bounded'
        : 'is outside what this agent may use';
    return refusal('tools/outside-envelope', {
      message: `\`${name}\` ${how}: ${words}`,
      details: { argument: name, bound },
    });
  }
  return undefined;
}
