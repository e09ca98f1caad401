import { isJsonObject, type Json } from '#kernel/json/index.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import { aliases } from './fields.ts';
import { type QueryWord, wordsOf } from './query-words.ts';

/** Fields by which somebody asks for somebody. */
const ofSomebody: ReadonlySet<string> = new Set(['subject', 'user', 'agent', 'actor']);

/** A record, a task or a trace that was looked at by its id. */
const byId = /^\/v1\/(?:records|audit\/tasks|audit\/traces)\/([^/]+)/;

/** Whom, and what, a reading of the log asked for: who looked at somebody is found by their name. */
export function askedAbout({ type, details = {} }: RecordEnvelope): readonly string[] {
  if (type !== 'log.read') return [];
  const { path, query } = details;
  const looked = typeof path === 'string' ? byId.exec(path)?.[1] : undefined;
  const asked = isJsonObject(query ?? null) ? (query as { readonly q?: Json }).q : undefined;
  const named = typeof asked === 'string' ? wordsIn(asked).filter(isOfSomebody) : [];
  return [...(looked === undefined ? [] : [looked]), ...named.flatMap(({ values }) => values)];
}

function isOfSomebody({ not, name }: QueryWord): boolean {
  if (not || name === undefined) return !not;
  return ofSomebody.has(Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name);
}

/** What was refused as a question asked for nobody. */
function wordsIn(text: string): readonly QueryWord[] {
  try {
    return wordsOf(text, (_at, what) => new Error(what));
  } catch {
    return [];
  }
}
