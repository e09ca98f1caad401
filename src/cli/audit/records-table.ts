import { isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import { cell, objects, table } from '../output.ts';

const header = ['TIME', 'TYPE', 'WHO', 'WHAT', 'DECISION', 'WHY', 'EFFECT', 'RECORD'];

/** Found records, each on one line. */
export function recordsTable(records: readonly JsonObject[]): string {
  return table(header, records.map(recordRow));
}

function recordRow(found: JsonObject): string[] {
  const record = found['record'] as JsonObject;
  const decision = record['decision'] as JsonObject | undefined;
  const refusal = record['refusal'] as JsonObject | undefined;
  const actors = objects(record['actors']);
  return [
    cell(record['time']),
    cell(record['type']),
    actors.map((actor) => cell(actor['person'] ?? actor['name'], 40)).join(' > '),
    cell(aboutOf(record), 40),
    cell(softened(record) ?? (isRefused(record) ? 'deny' : decision?.['effect'])),
    cell(refusal?.['code'] ?? softCodes(record) ?? decision?.['rules'], 48),
    cell(effectOf(record)),
    cell(record['id']),
  ];
}

/** What of its details names the thing that an act of a person was about; the first that is there. */
const namesInDetails =
  'stopped released target tool server secret document name person client agent instance provider record origin'.split(
    ' ',
  );

/** What was asked for, or what was acted on. */
function aboutOf({ named, method, target, details }: JsonObject): Json | undefined {
  // Of a reading, what was read says more than how it was asked for.
  const read = isJsonObject(details) ? readOf(details) : undefined;
  if (read !== undefined || named !== undefined || method !== undefined) {
    return read ?? named ?? method;
  }
  if (isJsonObject(target) && target['target'] !== undefined) return target['target'];
  if (!isJsonObject(details)) return undefined;
  const { server, tool } = details;
  if (typeof server === 'string' && typeof tool === 'string') return `${server}/${tool}`;
  const name = namesInDetails.find((one) => typeof details[one] === 'string');
  return name === undefined ? undefined : details[name];
}

/** The question that was asked, else the place that was read. */
function readOf({ path, query }: JsonObject): Json | undefined {
  if (typeof path !== 'string') return undefined;
  if (query === undefined || !isJsonObject(query)) return path;
  const { q, view } = query;
  const words = [typeof view === 'string' ? `--view ${view}` : '', typeof q === 'string' ? q : ''];
  const asked = words.filter((text) => text !== '').join(' ');
  return asked === '' ? 'everything' : asked;
}

/** Whatever policy said: of what was refused for another reason nobody reads that it was let through. */
function isRefused({ type, refusal }: JsonObject): boolean {
  return type === 'gateway.refused' && isJsonObject(refusal);
}

/** INVARIANT: what went on only because its phase does not enforce never looks like a yes of somebody. */
function softened({ wouldHave }: JsonObject): string | undefined {
  if (!isJsonObject(wouldHave)) return undefined;
  return `${cell(wouldHave['phase'])}: would ${cell(wouldHave['effect'])}`;
}

function softCodes({ wouldHave }: JsonObject): Json | undefined {
  return isJsonObject(wouldHave) ? wouldHave['codes'] : undefined;
}

/** What came of it; of an answer that was released in windows, which one or how many. */
function effectOf({ effect, part, parts }: JsonObject): Json | undefined {
  if (isJsonObject(part)) return `part ${cell(part['number'])}, ${cell(part['bytes'])} bytes`;
  return isJsonObject(parts) ? `${cell(effect)}, ${cell(parts['count'])} parts` : effect;
}

/** INVARIANT: an answer that does not speak for all that is in the logs says so, wherever it is printed. */
export function reachText(answer: JsonObject): string {
  const behind = objects(answer['reach']).filter(({ complete, size }) => complete !== size);
  const unreadable = Number(answer['unreadable'] ?? 0);
  return [
    ...behind.map(
      ({ origin, complete, size }) =>
        `of ${cell(origin, 200)} this is complete to record ${cell(complete)} of ${cell(size)}`,
    ),
    ...(unreadable > 0
      ? [`${unreadable} records are of another version and found by nothing`]
      : []),
  ].join('\n');
}
