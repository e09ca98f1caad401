import { isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import { canonicalText } from '#kernel/json/index.ts';
import { objects, textOf } from '../output.ts';

const columns: Readonly<Record<string, (record: JsonObject) => Json | undefined>> = {
  time: ({ time }) => time,
  type: ({ type }) => type,
  actors: ({ actors }) =>
    objects(actors)
      .map(({ kind, name }) => `${textOf(kind)} ${textOf(name)}`)
      .join(' > '),
  named: ({ named }) => named,
  target: ({ target }) => (isJsonObject(target) ? target['target'] : undefined),
  decision: ({ decision }) => (isJsonObject(decision) ? decision['effect'] : undefined),
  rules: ({ decision }) => (isJsonObject(decision) ? decision['rules'] : undefined),
  refusal: ({ refusal }) => (isJsonObject(refusal) ? refusal['code'] : undefined),
  effect: ({ effect }) => effect,
  approval: ({ approval }) => (isJsonObject(approval) ? approval['id'] : undefined),
  task: ({ task }) => task,
  session: ({ session }) => session,
  call: ({ call }) => call,
  trace: ({ trace }) => trace,
  details: ({ details }) => details,
  id: ({ id }) => id,
};

export const csvHeader = `${[...Object.keys(columns), 'log', 'index', 'annotates', 'withdrawnBy'].join(',')}\r\n`;

/** One record as RFC 4180 writes it. */
export function csvLine({ origin, index, record, annotates, withdrawnBy }: JsonObject): string {
  const cells = isJsonObject(record) ? Object.values(columns).map((of) => of(record)) : [];
  // Empty but for later words: they are none of the records that were asked for.
  const about = isJsonObject(annotates) ? annotates['id'] : undefined;
  return `${[...cells, origin, index, about, withdrawnBy].map(csvCell).join(',')}\r\n`;
}

/**
 * INVARIANT: no cell is a formula to whatever opens the file: what could begin one stands behind an apostrophe,
 * also after spaces, and everything is in quotes.
 */
export function csvCell(value: Json | undefined): string {
  if (value === undefined || value === null) return '""';
  if (typeof value === 'number') return `"${value}"`;
  const text = typeof value === 'string' ? value : canonicalText(value);
  const safe = /^[\s\u0000-\u0020\u00a0\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20|%]|^[\t\r\n]/.test(
    text,
  )
    ? `'${text}`
    : text;
  return `"${safe.replaceAll('"', '""')}"`;
}
