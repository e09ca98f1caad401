import { isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import { parseTarget } from '#kernel/target.ts';
import { leafHash } from '#tlog/index.ts';
import { objects, textOf } from '../../output.ts';

type Cell = Json | bigint | Date | Uint8Array | undefined;
type Kind = 'STRING' | 'INT64' | 'TIMESTAMP' | 'JSON' | 'BYTE_ARRAY';

interface Column {
  readonly name: string;
  readonly type: Kind;
  readonly of: (record: JsonObject, entry: JsonObject) => Cell;
}

/**
 * What all records have in common, each in its type. INVARIANT: these names are what somebody's questions are made of:
 * a column is added at the end, and none is renamed.
 */
const columns: readonly Column[] = [
  { name: 'time', type: 'TIMESTAMP', of: ({ time }) => instant(time) },
  { name: 'id', type: 'STRING', of: ({ id }) => text(id) },
  { name: 'type', type: 'STRING', of: ({ type }) => text(type) },
  { name: 'tenant', type: 'STRING', of: ({ tenant }) => text(tenant) },
  { name: 'agent', type: 'STRING', of: (record) => actor(record, 'agent') },
  { name: 'human', type: 'STRING', of: (record) => actor(record, 'human') },
  { name: 'actors', type: 'STRING', of: chain },
  { name: 'named', type: 'STRING', of: ({ named }) => text(named) },
  { name: 'target', type: 'STRING', of: ({ target }) => inside(target, 'target') },
  { name: 'tool', type: 'STRING', of: (record) => toolOf(record) },
  { name: 'effect_class', type: 'STRING', of: ({ target }) => inside(target, 'effectClass') },
  { name: 'decision', type: 'STRING', of: ({ decision }) => inside(decision, 'effect') },
  { name: 'rules', type: 'JSON', of: ({ decision }) => member(decision, 'rules') },
  { name: 'refusal_code', type: 'STRING', of: ({ refusal }) => inside(refusal, 'code') },
  { name: 'refusal_stage', type: 'STRING', of: ({ refusal }) => inside(refusal, 'stage') },
  { name: 'effect', type: 'STRING', of: ({ effect }) => text(effect) },
  { name: 'approval', type: 'STRING', of: ({ approval }) => inside(approval, 'id') },
  { name: 'task', type: 'STRING', of: ({ task }) => text(task) },
  { name: 'session', type: 'STRING', of: ({ session }) => text(session) },
  { name: 'call', type: 'STRING', of: ({ call }) => text(call) },
  { name: 'trace', type: 'STRING', of: ({ trace }) => text(trace) },
  { name: 'duration_us', type: 'INT64', of: ({ durationUs }) => whole(durationUs) },
  { name: 'details', type: 'JSON', of: ({ details }) => details },
  { name: 'log', type: 'STRING', of: (_, { origin }) => text(origin) },
  { name: 'index', type: 'INT64', of: (_, { index }) => whole(index) },
  // Of the leaf, as the tiles of the log have it: by this a row is found again, and proved.
  { name: 'leaf_hash', type: 'BYTE_ARRAY', of: (_, { leaf }) => hashOf(leaf) },
  // Empty but for later words: they are none of the records that were asked for.
  { name: 'annotates', type: 'STRING', of: (_, { annotates }) => inside(annotates, 'id') },
];

export interface ColumnData {
  readonly name: string;
  readonly type: Kind;
  readonly nullable: true;
  readonly data: Cell[];
}

/** Rows of one file, column by column. */
export function emptyColumns(): readonly ColumnData[] {
  return columns.map(({ name, type }) => ({ name, type, nullable: true, data: [] }));
}

export function addRow(to: readonly ColumnData[], entry: JsonObject): void {
  const record = isJsonObject(entry['record']) ? entry['record'] : {};
  for (const [at, { of }] of columns.entries()) to[at]?.data.push(of(record, entry));
}

/** The day of UTC on which it was made; what has no time that can be read is together, and is not lost. */
export function dayOf({ record }: JsonObject): string {
  const time = isJsonObject(record) ? textOf(record['time']) : '';
  return /^\d{4}-\d{2}-\d{2}/u.exec(time)?.[0] ?? 'unknown';
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function member(value: Json | undefined, name: string): Json | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}

function inside(value: Json | undefined, name: string): string | undefined {
  return text(member(value, name));
}

function whole(value: Json | undefined): bigint | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : undefined;
}

function instant(value: Json | undefined): Date | undefined {
  const at = Date.parse(text(value) ?? '');
  return Number.isNaN(at) ? undefined : new Date(at);
}

/** The last of this kind in the chain: who did it themselves. */
function actor({ actors }: JsonObject, kind: string): string | undefined {
  return text(objects(actors).findLast((one) => one['kind'] === kind)?.['name']);
}

function chain({ actors }: JsonObject): string {
  return objects(actors)
    .map(({ kind, name }) => `${textOf(kind)} ${textOf(name)}`)
    .join(' > ');
}

function toolOf({ target }: JsonObject): string | undefined {
  const parsed = parseTarget(inside(target, 'target') ?? '');
  return parsed?.kind === 'tool' ? `${parsed.owner}/${parsed.name}` : undefined;
}

function hashOf(leaf: Json | undefined): Uint8Array | undefined {
  return typeof leaf === 'string' ? leafHash(Buffer.from(leaf, 'utf8')) : undefined;
}
