import type { ThreeQuestions } from '#kernel/decision.ts';
import { canonicalPart, type Json } from '#kernel/json/index.ts';
import type {
  Commitment,
  DecisionPart,
  RecordDraft,
  RecordEnvelope,
  TargetPart,
} from '#kernel/record.ts';
import { keptText } from './kept-text.ts';
import { plainBytes } from './plain-bytes.ts';

/** What the recorder adds to a draft. */
export type Stamp = Omit<RecordEnvelope, keyof RecordDraft>;

type Writers = {
  readonly [Name in keyof RecordEnvelope]-?: (part: NonNullable<RecordEnvelope[Name]>) => string;
};

// Set by a writer that meets what its type does not promise. It is module state, as in the parser:
// nothing here calls code from outside, so one text is made before the next begins.
let isUsual = true;

/**
 * The canonical bytes of a record whose parts are what their types say, at a fraction of the cost of
 * a writer that asks each value what it is and sorts its names. INVARIANT: they are the bytes that
 * `canonicalBytes` makes of `{ ...draft, ...stamp }`, or undefined: then that is asked.
 */
export function usualBytes(draft: RecordDraft, stamp: Stamp): Buffer | undefined {
  isUsual = true;
  let text = '';
  let taken = 0;
  for (const { name, first, further, write } of members) {
    let part = stamp[name as keyof Stamp] as unknown;
    if (part === undefined) {
      part = draft[name as keyof RecordDraft];
      if (part === undefined) continue;
      taken += 1;
    }
    text += (text === '' ? first : further) + write(part as never);
  }
  // A member that nobody here knows, or that is there and undefined, makes the counts differ.
  const isKnown = isUsual && taken === Object.keys(draft).length;
  return isKnown ? plainBytes(`${text}}`) : undefined;
}

/** Names that the compiler holds to be all there are: a new one is written, or nothing compiles. */
const writers: Writers = {
  actors: keptOrWritten,
  approval: written,
  arguments: commitmentText,
  call: quoted,
  decision: decisionText,
  details: written,
  durationUs: numberText,
  effect: quoted,
  id: quoted,
  intent: quoted,
  labels: labelsText,
  lease: written,
  method: quoted,
  monotonicUs: numberText,
  named: quoted,
  overlay: numberText,
  part: written,
  parts: written,
  payload: written,
  questions: keptOrWritten,
  refusal: written,
  required: written,
  result: commitmentText,
  schema: numberText,
  sequence: numberText,
  session: quoted,
  snapshot: quoted,
  source: quoted,
  target: targetText,
  task: quoted,
  tasks: quoted,
  tenant: quoted,
  time: quoted,
  trace: quoted,
  type: quoted,
  usage: written,
  writer: quoted,
};

/** In canonical order, by UTF-16 code units. */
const members = Object.entries(writers)
  .map(([name, write]) => ({ name, first: `{"${name}":`, further: `,"${name}":`, write }))
  .sort((one, other) => (one.name < other.name ? -1 : 1));

function written(part: object): string {
  return canonicalPart(part as Json, 1);
}

function keptOrWritten(part: object): string {
  return keptText(part) ?? written(part);
}

/** What else wants an escape is looked for at the end, in the whole. */
function quoted(text: unknown): string {
  return typeof text === 'string' && !text.includes('"') ? `"${text}"` : other(text);
}

function numberText(value: unknown): string {
  return typeof value === 'number' && Number.isFinite(value) ? `${value}` : other(value);
}

function truthText(value: unknown): string {
  return value === true ? 'true' : value === false ? 'false' : other(value);
}

/** Whatever is not written here is written by whoever writes everything. */
function other(_part: unknown): '' {
  isUsual = false;
  return '';
}

/** A plain object with so many members; which they are is seen when each is written. */
function has(part: unknown, members: number): boolean {
  if (typeof part !== 'object' || part === null) return false;
  return Object.getPrototypeOf(part) === Object.prototype && Object.keys(part).length === members;
}

function commitmentText(part: Commitment): string {
  if (!has(part, 3)) return other(part);
  const { bytes, salt, sha256 } = part;
  return `{"bytes":${numberText(bytes)},"salt":${quoted(salt)},"sha256":${quoted(sha256)}}`;
}

function targetText(part: TargetPart): string {
  if (!has(part, 3)) return other(part);
  const { digest, effectClass, target } = part;
  return `{"digest":${quoted(digest)},"effectClass":${quoted(effectClass)},"target":${quoted(target)}}`;
}

function labelsText(part: NonNullable<RecordDraft['labels']>): string {
  return has(part, 2) ? `{"in":${listText(part.in)},"out":${listText(part.out)}}` : other(part);
}

function decisionText(part: DecisionPart): string {
  if (!has(part, 5)) return other(part);
  const { effect, errors, policyDigest, questions, rules } = part;
  const head = `{"effect":${quoted(effect)},"errors":${listText(errors)}`;
  const answers = `"questions":${answersText(questions)},"rules":${listText(rules)}}`;
  return `${head},"policyDigest":${quoted(policyDigest)},${answers}`;
}

function answersText(part: ThreeQuestions): string {
  if (!has(part, 3)) return other(part);
  const { crossesSensitivity, insideEnvelope, mayCallTool } = part;
  const crosses = `{"crossesSensitivity":${truthText(crossesSensitivity)}`;
  const inside = `"insideEnvelope":${truthText(insideEnvelope)}`;
  return `${crosses},${inside},"mayCallTool":${truthText(mayCallTool)}}`;
}

function listText(list: readonly string[]): string {
  if (!Array.isArray(list)) return other(list);
  if (list.length === 0) return '[]';
  let text = `[${quoted(list[0])}`;
  for (let at = 1; at < list.length; at += 1) text += `,${quoted(list[at])}`;
  return `${text}]`;
}
