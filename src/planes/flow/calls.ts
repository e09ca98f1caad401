import { sha256Hex } from '#kernel/digest.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { SinkKind, ToolFlow } from '#kernel/tool.ts';
import { flowBounds } from './bounds.ts';
import { type Leaf, leavesOf } from './leaves.ts';
import { exact, wordsIn } from './text-forms.ts';
import { type SinkValue, valuesIn } from './values.ts';

/** What of a call acts. */
export function sinkValues(
  given: JsonObject,
  { sinks }: Pick<ToolFlow, 'sinks'>,
): { readonly values: readonly SinkValue[]; readonly cut: boolean } {
  const { leaves, cut } = leavesOf(given, undefined, flowBounds.argumentChars);
  const values: SinkValue[] = [];
  for (const { path, at, value, isKey } of leaves) {
    if (values.length > flowBounds.sinkValues) break;
    values.push(...valuesIn(kindOf(sinks, path), value, at));
    // Names of members are mostly those of the tool: what stands in them counts by its form alone.
    if (isKey !== true && !isDeclared(sinks, path)) values.push(...chosenIn(value, at));
  }
  const isCut = cut || values.length > flowBounds.sinkValues;
  return { values: values.slice(0, flowBounds.sinkValues), cut: isCut };
}

/**
 * What no document names may have come with a later version of the tool, that nobody has looked at: beside what stands in it, one
 * word or number of it counts as a choice, which no stranger makes.
 */
function chosenIn(given: string | number | boolean, argument: string): readonly SinkValue[] {
  const text = String(given);
  const isText = text.length > mostChosen || /\s/u.test(text.trim()) || text.trim() === '';
  if (isText) return [];
  return valuesIn('flag', given, argument).map((one) => ({ ...one, isUnnamed: true }));
}

/** Longer ones are texts by themselves. */
const mostChosen = 128;

function isDeclared(sinks: ToolFlow['sinks'], path: string): boolean {
  return Object.hasOwn(sinks, path) || Object.hasOwn(sinks, path.replace(/(?:\[\])+$/, ''));
}

/** What no document names is free text: what stands in it counts by its form. */
export function kindOf(sinks: ToolFlow['sinks'], path: string): SinkKind {
  if (Object.hasOwn(sinks, path)) return sinks[path] ?? 'payload';
  const ofList = path.replace(/(?:\[\])+$/, '');
  return Object.hasOwn(sinks, ofList) ? (sinks[ofList] ?? 'payload') : 'payload';
}

export interface Deed {
  readonly target: string;
  readonly flow: ToolFlow | undefined;
  readonly arguments: JsonObject;
  readonly argumentsDigest: string;
}

/**
 * What is done, by what acts in it: to whom, with what, how much. INVARIANT: nobody does the same once more by another word in
 * free text. A message that only goes to somebody is another one when it says something else, not when it is written otherwise.
 */
export function deedOf({ target, flow, arguments: given, argumentsDigest }: Deed): string {
  const { leaves, cut } = leavesOf(given, undefined, flowBounds.argumentChars);
  const acting = leaves.filter(({ path }) => flow && kindOf(flow.sinks, path) !== 'payload');
  if (flow === undefined || cut || acting.length === 0) return `${target} ${argumentsDigest}`;
  const isMessage = acting.every(({ path }) => kindOf(flow.sinks, path) === 'recipient');
  const said = isMessage ? leaves.filter((leaf) => !acting.includes(leaf)) : [];
  const keys = acting.flatMap((leaf) => keysOf(flow, leaf)).toSorted();
  const words = said.flatMap(({ value }) => [...wordsIn(exact(String(value)))]);
  return `${target} ${sha256Hex(JSON.stringify([keys, words]))}`;
}

function keysOf({ sinks }: ToolFlow, { path, at, value }: Leaf): readonly string[] {
  return valuesIn(kindOf(sinks, path), value, at).map(
    ({ keys, hour = '' }) => `${path} ${keys.join(' ')} ${hour}`,
  );
}
