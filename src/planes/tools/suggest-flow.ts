import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { EffectClass, SinkKind } from '#kernel/tool.ts';
import { type SchemaLeaf, schemaLeaves } from './schema-leaves.ts';

/** A path, what it is drafted as, and by what: for a person to agree with, or not. */
export interface DraftedPath {
  readonly path: string;
  readonly kind: SinkKind;
  readonly why: string;
}

export interface DraftedFlow {
  readonly tool: string;
  readonly effect: EffectClass;
  /** It is read with a value that leaves: then a read is a message sent. */
  readonly speaks: boolean;
  readonly sinks: readonly DraftedPath[];
  /** INVARIANT: only ids of which the schema says that the server issues them; nobody else is believed by a draft. */
  readonly ids: readonly { readonly path: string; readonly why: string }[];
  /** Arguments of which nothing says that they act: they stay free text, in which addresses and links count. */
  readonly text: readonly string[];
}

export interface ToolToDraft {
  readonly tool: string;
  readonly effect: EffectClass;
  readonly definition: JsonObject;
}

/** What a tool's schema and names let one think of what flows through it. It proves nothing: people review it. */
export function draftFlow({ tool, effect, definition }: ToolToDraft): DraftedFlow {
  const drafted = leavesOf(definition['inputSchema']).map((leaf) => sinkOf(leaf));
  const acting = drafted.filter((one) => one.kind !== 'payload');
  const isRead = effect === 'read';
  const speaks = isRead && acting.some(({ kind }) => kind === 'url' || kind === 'recipient');
  const sinks = isRead && !speaks ? [] : acting;
  return {
    tool,
    effect,
    speaks,
    sinks: sinks.slice(0, mostPaths),
    ids: leavesOf(definition['outputSchema']).flatMap(issuedId).slice(0, mostPaths),
    text: isRead && !speaks ? [] : drafted.filter(isText).map(({ path }) => path),
  };
}

const mostPaths = 64;

const isText = ({ kind }: DraftedPath): boolean => kind === 'payload';

/** As a document writes a path; what cannot be written so is left to people. */
const isWritable = /^[^.[\]\s]+(\[\])?(\.[^.[\]\s]+(\[\])?)*$/;

function leavesOf(schema: Json | undefined): readonly SchemaLeaf[] {
  const given = schema ?? null;
  if (!isJsonObject(given)) return [];
  return schemaLeaves(given).leaves.filter(({ path }) => isWritable.test(path));
}

/** The first that fits. Whole words of the name, in any spelling: `webhookUrl`, `webhook_url`. */
const names: readonly (readonly [SinkKind, RegExp])[] = [
  ['account', /^(iban|bic|swift|account|payee|beneficiary|wallet|card|routing)$/],
  [
    'recipient',
    /^(to|cc|bcc|e?mails?|recipients?|addressees?|attendees?|participants?|guests?|invitees?|members?|assignees?|channel|phone|sender|owner|reviewers?|subscribers?)$/,
  ],
  ['url', /^(urls?|uri|links?|href|webhook|callback|endpoint|website|site)$/],
  ['amount', /^(amount|price|total|sum|cost|fee|balance|budget|quantity|qty|refund)$/],
  ['date', /^(date|day|due|start|end|when|deadline|until|since|expires?|birthday)$/],
  ['path', /^(path|paths|file|files|filename|folder|directory|dir|destination|location)$/],
  ['objectId', /^(ids?|uuid|guid)$/],
];

/** Asked where no other word of the name says more. */
const weak: typeof names = [
  ['objectId', /^(key|number|ref|reference)$/],
  ['date', /^(at|time)$/],
];

const formats: Readonly<Record<string, SinkKind>> = {
  email: 'recipient',
  'idn-email': 'recipient',
  uri: 'url',
  iri: 'url',
  url: 'url',
  date: 'date',
  'date-time': 'date',
  uuid: 'objectId',
};

function sinkOf({ path, name, schema }: SchemaLeaf): DraftedPath {
  const { format, type, enum: listed } = schema;
  const byFormat = typeof format === 'string' && Object.hasOwn(formats, format) && formats[format];
  if (byFormat) return { path, kind: byFormat, why: `format ${format}` };
  const words = wordsOf(name);
  const byName = kindByName(words);
  if (byName !== undefined && fitsType(byName.kind, type)) {
    return { path, kind: byName.kind, why: `named ${byName.word}` };
  }
  if (type === 'boolean') return { path, kind: 'flag', why: 'true or false' };
  if (Array.isArray(listed)) return { path, kind: 'flag', why: 'one of a list' };
  return { path, kind: 'payload', why: 'nothing says that it acts' };
}

/** The last word says what it is: `account_id` is an id, `recipient_email` a recipient. */
function kindByName(words: readonly string[]) {
  for (const table of [names, weak]) {
    for (const word of words.toReversed()) {
      const found = table.find(([, pattern]) => pattern.test(word));
      if (found !== undefined) return { kind: found[0], word };
    }
  }
  return undefined;
}

function fitsType(kind: SinkKind, type: Json | undefined): boolean {
  if (type === 'boolean') return false;
  const isNumber = type === 'number' || type === 'integer';
  if (!isNumber) return kind !== 'amount' || type === undefined || type === 'string';
  return kind === 'amount' || kind === 'objectId' || kind === 'date' || kind === 'account';
}

function wordsOf(name: string): readonly string[] {
  const parts = name
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u);
  return parts.filter((part) => part !== '');
}

const issued = /\b(?:issued|assigned|generated|unique|identifier|primary key)\b/i;

function issuedId({ path, name, schema }: SchemaLeaf) {
  const last = wordsOf(name).at(-1) ?? '';
  if (!/^(?:id|uuid|guid)$/.test(last)) return [];
  const { format, readOnly, description } = schema;
  if (readOnly === true) return [{ path, why: 'its schema says readOnly' }];
  if (format === 'uuid') return [{ path, why: 'format uuid' }];
  const says = typeof description === 'string' ? issued.exec(description)?.[0] : undefined;
  return says === undefined ? [] : [{ path, why: `its schema says ${says.toLowerCase()}` }];
}
