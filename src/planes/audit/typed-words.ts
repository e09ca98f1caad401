import { randomBytes } from 'node:crypto';
import { commitment } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import type { RecordDraft, RecordEnvelope, RecordType } from '#kernel/record.ts';
import type { PayloadSealer } from './payload-sealer.ts';
import { saltBytes } from './salted-body.ts';
import { takesAway } from './space-guard.ts';

/**
 * Words that a person typed into an act stand sealed in its record, under the keys of all whom it is about (decision 0147).
 * This is the one place that knows which: what is not named here is ours and plain.
 */
const ofEachAct = ['reason'];
const ofType: Partial<Record<RecordType, readonly string[]>> = {
  'log.annotated': ['note'],
  'log.revealed': ['purpose'],
  'config.change-approved': ['why'],
  'config.change-ended': ['why'],
  'privacy.asked': ['matter'],
  'privacy.held': ['matter'],
  'privacy.hold-released': ['matter'],
};

/** What holds without store and key, or is read from a copy of the log alone, says why in plain. */
const plainTypes: ReadonlySet<RecordType> = new Set([
  'stop.set',
  'stop.released',
  'lifecycle.agent-suspended',
  'lifecycle.agent-resumed',
  'lifecycle.instance-revoked',
  'tool.quarantined',
  'log.missing-accepted',
] satisfies RecordType[]);

/** By these members of its details a record names people whom it is about. */
const peopleIn = ['person', 'user'];
/** Words are sealed once for each: a bound, and none that a record of ours comes near. */
const mostSubjects = 8;

/** As they stand in a leaf. `sha256` is the commitment to them, whose salt is sealed with them. */
interface SealedWords extends JsonObject {
  readonly sealed: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Handles of the keys, the outermost first. */
  readonly whose: readonly string[];
}

type Sealer = Pick<PayloadSealer, 'sealFor'>;
type Opener = Pick<PayloadSealer, 'open'>;

export function typedFieldsOf({
  type,
  actors,
}: Pick<RecordDraft, 'type' | 'actors'>): readonly string[] {
  if (actors.at(-1)?.kind !== 'human' || plainTypes.has(type)) return [];
  return [...ofEachAct, ...(ofType[type] ?? [])];
}

function wordsIn(draft: RecordDraft): readonly (readonly [string, string])[] {
  const { details } = draft;
  if (details === undefined) return [];
  return typedFieldsOf(draft).flatMap((field) => {
    const words = details[field];
    return typeof words === 'string' && words !== '' ? [[field, words] as const] : [];
  });
}

/**
 * INVARIANT: what was typed is in no leaf in plain. What cannot be sealed is not on record, but for what takes something
 * away: that is held up by no key, and has the commitment alone.
 */
export async function sealTyped(
  sealer: Sealer,
  draft: RecordDraft,
  about: readonly string[] = [],
): Promise<RecordDraft> {
  const typed = wordsIn(draft);
  if (typed.length === 0) return draft;
  const subjects = subjectsOf(draft, about);
  const sealed: Record<string, Json> = {};
  for (const [field, words] of typed)
    sealed[field] = await sealedWords(sealer, draft, subjects, words);
  return { ...draft, details: { ...draft.details, ...sealed } };
}

/** Whoever typed it last: theirs is the outermost key. */
function subjectsOf(
  { type, actors, details = {} }: RecordDraft,
  about: readonly string[],
): string[] {
  const members = type.startsWith('identity.person-') ? [...peopleIn, 'name'] : peopleIn;
  const named = members.flatMap((member) => details[member] ?? []);
  const acting = actors.flatMap(({ kind, name }) => (kind === 'human' ? [name] : []));
  const all = [...named, ...about, ...acting].filter(
    (one) => typeof one === 'string' && one !== '',
  );
  return [...new Set(all as string[])].slice(-mostSubjects);
}

async function sealedWords(
  sealer: Sealer,
  { tenant, type }: RecordDraft,
  subjects: readonly string[],
  words: string,
): Promise<JsonObject> {
  const [salt, text] = [randomBytes(saltBytes), Buffer.from(words, 'utf8')];
  const committed = { sha256: commitment(salt, text), bytes: text.length };
  const whose: string[] = [];
  let body: Buffer = Buffer.concat([salt, text]);
  try {
    for (const subject of subjects) {
      const { bytes, key } = await sealer.sealFor(tenant, subject, body);
      whose.unshift(key);
      body = Buffer.from(bytes);
    }
  } catch (cause) {
    if (takesAway(type)) return { ...committed, sealed: '', whose: [] };
    throw new BailiwickError('audit/unavailable', { cause });
  }
  return { ...committed, sealed: body.toString('base64'), whose };
}

function isSealed(value: Json | undefined): value is SealedWords {
  return (
    value !== undefined &&
    isJsonObject(value) &&
    typeof value['sealed'] === 'string' &&
    typeof value['sha256'] === 'string' &&
    Array.isArray(value['whose'])
  );
}

/**
 * As it was typed, for whoever may read the record. Of somebody who was erased it says so, with the record of that; what
 * does not open stays as it stands in the leaf. Records of earlier versions have it in plain.
 */
export async function openTyped<Read extends RecordEnvelope>(
  opener: Opener,
  record: Read,
): Promise<Read> {
  const { details, tenant } = record;
  if (details === undefined) return record;
  const sealed = typedFieldsOf(record).filter((field) => isSealed(details[field]));
  if (sealed.length === 0) return record;
  const opened: Record<string, Json> = {};
  for (const field of sealed) {
    opened[field] = await openedWords(opener, tenant, details[field] as SealedWords);
  }
  return { ...record, details: { ...details, ...opened } };
}

async function openedWords(opener: Opener, tenant: string, words: SealedWords): Promise<Json> {
  const { sealed, sha256, bytes, whose } = words;
  if (whose.length === 0 || whose.length > mostSubjects) return words;
  try {
    let body: Buffer = Buffer.from(sealed, 'base64');
    for (const _ of whose) body = await opener.open(tenant, body);
    const [salt, text] = [body.subarray(0, saltBytes), body.subarray(saltBytes)];
    return commitment(salt, text) === sha256 ? text.toString('utf8') : words;
  } catch (fault) {
    if (!(fault instanceof BailiwickError) || fault.code !== 'audit/erased') return words;
    return { erased: fault.details?.['record'] ?? '', sha256, bytes };
  }
}
