import { canonicalText, isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { transportShape } from './transport.ts';
import { argumentsOf } from './words.ts';
import { signOfWriting } from './writing.ts';

/** What a change of a definition brings, worst first; what fits nowhere else is `other`. */
export const introducedKinds = [
  'adds transport',
  'adds writer',
  'hint flipped',
  'schema widened',
  'schema changed',
  'description changed',
  'output changed',
  'other',
] as const;

export type Introduced = (typeof introducedKinds)[number];

/** `before` undefined: the tool is new. */
export function introduces(
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): readonly Introduced[] {
  if (after === undefined) return [];
  const found = new Set<Introduced>();
  if (isNew(transportShape, before, after)) found.add('adds transport');
  if (isNew(signOfWriting, before, after)) found.add('adds writer');
  if (before !== undefined) for (const one of changed(before, after)) found.add(one);
  return introducedKinds.filter((one) => found.has(one));
}

function isNew(
  look: (definition: JsonObject) => unknown,
  before: JsonObject | undefined,
  after: JsonObject,
): boolean {
  return look(after) !== undefined && (before === undefined || look(before) === undefined);
}

const hints = 'annotations';
const ofField: Readonly<Record<string, Introduced>> = {
  description: 'description changed',
  title: 'description changed',
  outputSchema: 'output changed',
  annotations: 'hint flipped',
};

function changed(before: JsonObject, after: JsonObject): readonly Introduced[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name): readonly Introduced[] => {
    if (same(before[name], after[name])) return [];
    if (name === 'inputSchema')
      return [isWider(before, after) ? 'schema widened' : 'schema changed'];
    if (name === hints && !flips(before[hints], after[hints])) return ['other'];
    return [ofField[name] ?? 'other'];
  });
}

/** It takes what it did not take: a new argument, one that need not be given, values without a list. */
function isWider(before: JsonObject, after: JsonObject): boolean {
  const [old, now] = [argumentsOf(before), argumentsOf(after)];
  const hasNew = Object.keys(now).some((name) => !Object.hasOwn(old, name));
  const freed = Object.keys(now).some((name) =>
    bounds(old[name]).some((one) => !bounds(now[name]).includes(one)),
  );
  const [wasClosed, isClosed] = [before, after].map(
    ({ inputSchema }) => isJsonObject(inputSchema) && inputSchema['additionalProperties'] === false,
  );
  return hasNew || freed || (wasClosed === true && isClosed !== true);
}

function bounds(schema: Json | undefined): readonly string[] {
  return isJsonObject(schema) ? boundingWords.filter((word) => schema[word] !== undefined) : [];
}

const boundingWords = [
  'enum',
  'const',
  'pattern',
  'maximum',
  'minimum',
  'maxLength',
  'maxItems',
  'type',
];

/** What a server says in its own favour turned, or what it warned of is not said any more. */
function flips(before: Json | undefined, after: Json | undefined): boolean {
  const [old, now] = [before, after].map((one) => (isJsonObject(one) ? one : {}));
  const names = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'];
  return names.some((name) => !same(old?.[name], now?.[name]));
}

function same(one: Json | undefined, other: Json | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return canonicalText(one) === canonicalText(other);
}
