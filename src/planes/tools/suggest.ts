import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { parseTarget } from '#kernel/target.ts';

/** One call that was really made. */
export interface SeenCall {
  /** As `targetText` writes it. */
  readonly target: string;
  /** Undefined where its arguments are not kept, or were not looked at. */
  readonly arguments: JsonObject | undefined;
}

export interface SuggestedManifest {
  readonly tools: readonly { readonly tool: string; readonly arguments?: JsonObject }[];
  readonly targets: readonly string[];
  readonly calls: number;
  /** Arguments that were seen and that no bound is suggested for: `TOOL ARGUMENT: why`. */
  readonly unbounded: readonly string[];
}

/** Fewer calls than this tell nothing of what an argument is for. */
const fewestCalls = 5;

/**
 * The smallest manifest that would have let these calls through. Bounds are told as far as they give
 * no value away: words that the tool's own schema lists, round numbers, folders that several values
 * lie in. `schemaOf`: the approved schema of a tool, `SERVER/TOOL`.
 */
export function suggestManifest(
  seen: readonly SeenCall[],
  schemaOf: (tool: string) => JsonObject | undefined,
): SuggestedManifest {
  const tools = new Map<string, SeenCall[]>();
  const targets = new Set<string>();
  for (const call of seen) {
    const target = parseTarget(call.target);
    if (target?.name === undefined) continue;
    if (target.kind !== 'tool') targets.add(call.target);
    else {
      const name = `${target.owner}/${target.name}`;
      const calls = tools.get(name) ?? [];
      calls.push(call);
      tools.set(name, calls);
    }
  }
  const unbounded: string[] = [];
  const listed = [...tools].sort(byName).map(([tool, calls]) => {
    const bounds = boundsFor(calls, propertiesOf(schemaOf(tool)), (argument, why) =>
      unbounded.push(`${tool} ${argument}: ${why}`),
    );
    return Object.keys(bounds).length === 0 ? { tool } : { tool, arguments: bounds };
  });
  return { tools: listed, targets: [...targets].sort(), calls: seen.length, unbounded };
}

function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}

function propertiesOf(schema: JsonObject | undefined): JsonObject {
  const properties = schema?.['properties'];
  return isJsonObject(properties) ? properties : {};
}

function boundsFor(
  calls: readonly SeenCall[],
  properties: JsonObject,
  leaveOut: (argument: string, why: string) => void,
): JsonObject {
  const known = calls.flatMap((call) => (call.arguments === undefined ? [] : [call.arguments]));
  const names = new Set(known.flatMap((one) => Object.keys(one)));
  const bounds: [string, JsonObject][] = [];
  for (const name of [...names].sort()) {
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const values = known.flatMap((one) => (Object.hasOwn(one, name) ? [one[name] as Json] : []));
    const found = boundFor(values, { schema, isAlways: values.length === known.length });
    if (typeof found === 'string') leaveOut(name, found);
    else bounds.push([name, found]);
  }
  return Object.fromEntries(bounds);
}

interface About {
  readonly schema: Json | undefined;
  readonly isAlways: boolean;
}

/** A bound, or why there is none. INVARIANT: no value of a call stands in either. */
function boundFor(values: readonly Json[], { schema, isAlways }: About): JsonObject | string {
  if (!isJsonObject(schema ?? null)) return 'its schema does not name it';
  if (!isAlways) return 'not every call gave it, and what is bounded must be given';
  if (values.length < fewestCalls) return `only ${values.length} calls gave it`;
  const { enum: listed, type } = schema as JsonObject;
  if (Array.isArray(listed)) return oneOf(values, listed as readonly Json[]);
  if (type === 'number' || type === 'integer') return roundBounds(values);
  if (type === 'string') return folderOf(values);
  return 'values of its type have no bound';
}

/** Only words that the schema lists for everybody to read. */
function oneOf(values: readonly Json[], listed: readonly Json[]): JsonObject | string {
  const used = listed.filter((one) => values.includes(one));
  if (values.some((one) => !listed.includes(one)))
    return 'a call gave what its schema does not list';
  return used.length === listed.length ? 'every listed value was used' : { oneOf: used };
}

function roundBounds(values: readonly Json[]): JsonObject | string {
  const numbers = values.filter((one) => typeof one === 'number');
  if (numbers.length < values.length) return 'a call gave something that is no number';
  const most = numbers.reduce((one, other) => Math.max(one, other), -Infinity);
  const least = numbers.reduce((one, other) => Math.min(one, other), Infinity);
  const min = least >= 0 ? 0 : -roundUp(-least);
  return { min, max: most <= 0 ? 0 : roundUp(most) };
}

/** The next of 1, 2, 5, 10, 20, 50 …: roomy, and tells no amount of anybody. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 5, 10].find((one) => one * power >= value) ?? 10;
  return Number((factor * power).toPrecision(1));
}

const fewestValues = 3;

/** The deepest folder that all of several values lie in; of a URL, behind its host. */
function folderOf(values: readonly Json[]): JsonObject | string {
  const texts = [...new Set(values.filter((one) => typeof one === 'string'))];
  if (texts.length < fewestValues) return `only ${texts.length} different texts were given`;
  const [first = '', ...others] = texts;
  let size = first.length;
  for (const other of others) {
    let at = 0;
    while (at < size && first[at] === other[at]) at += 1;
    size = at;
  }
  const folder = first.slice(0, first.lastIndexOf('/', size - 1) + 1);
  const isFolder = /^(?:\/[^/\s]+\/|[a-z][a-z0-9+.-]*:\/\/[^/\s]+\/)(?:[^/\s]+\/)*$/i.test(folder);
  const climbs = /(?:^|\/)\.{1,2}\/|%/.test(folder);
  if (!isFolder || climbs || folder.length > 200) return 'its texts lie in no folder of their own';
  return { prefix: folder };
}
