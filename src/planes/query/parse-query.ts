import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { recordTypes } from '#kernel/record.ts';
import { nearest } from '#kernel/text/index.ts';
import { toolSpellings } from '#kernel/tool.ts';
import {
  aliases,
  bareFields,
  beforeWords,
  closedFields,
  type Field,
  fields,
  isField,
  sinceWords,
} from './fields.ts';
import { type QueryWord, wordsOf } from './query-words.ts';
import { longestValue } from './record-terms.ts';
import { readMoment } from './moments.ts';

/** One condition; a record meets it when it has one of these terms, or none of them. */
export interface Condition {
  readonly not: boolean;
  readonly anyOf: readonly string[];
}

/** What is asked for: all of the conditions, within the times `[from, to)`. */
export interface RecordQuery {
  readonly conditions: readonly Condition[];
  readonly from: number;
  readonly to: number;
}

/** For ever, in milliseconds that the index can compare. */
export const allTimes = { from: 0, to: Number.MAX_SAFE_INTEGER };

/**
 * `agent:support decision:deny -tool:billing/refund since:7d`. Words are joined by and, values that a comma
 * parts by or, a minus before a word is not; what is in double quotes is one value.
 * INVARIANT: bounded in bytes, words and values before anything is looked for; what is not understood is
 * refused with its place, never passed over.
 */
export function parseQuery(text: string, now: number): RecordQuery {
  if (Buffer.byteLength(text) > limits.auditQueryBytes) {
    throw malformed(text, { at: limits.auditQueryBytes, length: 1, what: 'the query is too long' });
  }
  const words = wordsOf(text, (at, what) => malformed(text, { at, length: 1, what }));
  const conditions: Condition[] = [];
  let { from, to } = allTimes;
  for (const word of words) {
    const read = readWord(text, word, now);
    if ('from' in read) from = Math.max(from, read.from);
    else if ('to' in read) to = Math.min(to, read.to);
    else conditions.push(read);
  }
  const terms = conditions.reduce((sum, { anyOf }) => sum + anyOf.length, 0);
  if (terms > limits.auditQueryTerms) {
    throw malformed(text, {
      at: 0,
      length: text.length,
      what: 'the query asks for too much at once',
    });
  }
  return { conditions, from, to };
}

type ReadWord = Condition | { readonly from: number } | { readonly to: number };

function readWord(text: string, word: QueryWord, now: number): ReadWord {
  const { name, not } = word;
  if (name === undefined) {
    return { not, anyOf: bareFields.flatMap((field) => termsFor(text, word, field)) };
  }
  const isSince = sinceWords.some((one) => one === name);
  if (isSince || beforeWords.some((one) => one === name)) {
    if (not) throw malformed(text, { ...word, what: 'a time cannot be excluded' });
    const at = readMoment(word.values.length === 1 ? (word.values[0] ?? '') : '', now);
    if (at !== undefined) return isSince ? { from: at } : { to: at };
    throw malformed(text, {
      ...word,
      what: `\`${name}\` takes a time`,
      todo: `write it as \`${name}:7d\`, \`${name}:2026-11-26\` or \`${name}:2026-11-26T08:00:00Z\``,
    });
  }
  return { not, anyOf: termsFor(text, word, fieldOf(text, word, name)) };
}

function fieldOf(text: string, word: QueryWord, name: string): Field {
  if (isField(name)) return name;
  const alias = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
  if (alias !== undefined) return alias;
  const known = [...Object.keys(fields), ...Object.keys(aliases), ...sinceWords, ...beforeWords];
  const meant = nearest(name, known);
  throw malformed(text, {
    ...word,
    what: `nothing is found by \`${name}\``,
    meant,
    todo: meant === undefined ? `known are: ${Object.keys(fields).join(', ')}` : undefined,
  });
}

function termsFor(text: string, word: QueryWord, field: Field): string[] {
  return word.values.flatMap((value) => {
    if (value === '' || value.length > longestValue) {
      const what = value === '' ? 'a value is missing' : 'a value is too long';
      throw malformed(text, { ...word, what });
    }
    // A word without a field is what its writer hopes for: it need not be a word of each field.
    if (word.name !== undefined) checkValue(text, word, field, value);
    return [...new Set([value, ...spellingsOf(field, value)])].map((one) => `${field}:${one}`);
  });
}

/** INVARIANT: a tool is found by each of its spellings, whichever a client, a document or a record has. */
function spellingsOf(field: Field, value: string): readonly string[] {
  if (field === 'tool') return toolSpellings(value);
  if (field !== 'target') return [];
  const [label] = toolSpellings(value);
  return label === undefined ? [] : [`tool:${label}`];
}

const actions: readonly string[] = [
  ...recordTypes,
  ...new Set(recordTypes.map((type) => `${type.slice(0, type.indexOf('.'))}.*`)),
];

function checkValue(text: string, word: QueryWord, field: Field, value: string): void {
  const known = field === 'action' ? actions : closedFields[field];
  if (known === undefined || known.includes(value)) return;
  const meant = nearest(value, known);
  const todo = field === 'action' ? 'read docs/records.md' : `it is one of: ${known.join(', ')}`;
  throw malformed(text, { ...word, what: `\`${field}\` is never \`${value}\``, meant, todo });
}

interface Wrong {
  readonly at: number;
  readonly length: number;
  readonly what: string;
  readonly meant?: string | undefined;
  readonly todo?: string | undefined;
}

/** Where it stands, counted in UTF-16 units from 0, what is wrong, and what was most likely meant. */
function malformed(text: string, { at, length, what, meant, todo }: Wrong): BailiwickError {
  const hint = meant === undefined ? '' : `; did you mean \`${meant}\`?`;
  return new BailiwickError('audit/query-malformed', {
    message: `${what}${hint} (at ${at + 1}: \`${text.slice(at, at + Math.min(length, 64))}\`)`,
    details: { at, length, ...(meant === undefined ? {} : { suggestion: meant }) },
    ...(todo === undefined ? {} : { suggestedAction: todo }),
  });
}
