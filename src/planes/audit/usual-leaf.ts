import type { ThreeQuestions } from '#kernel/decision.ts';
import { canonicalPart, type Json } from '#kernel/json/index.ts';
import type {
  Commitment,
  DecisionPart,
  RecordDraft,
  RecordEnvelope,
  SealedPart,
  TargetPart,
} from '#kernel/record.ts';
import { keptText } from './kept-text.ts';
import { plainBytes } from './plain-bytes.ts';

/** What the recorder adds to a draft. */
export type Stamp = Omit<RecordEnvelope, keyof RecordDraft>;

// State of the one text that is made. It is module state, as in the parser: nothing here calls code
// from outside, so one text is made before the next begins.
/** Nothing has turned up that the types do not promise. */
let isUsual = true;
/** Members of the draft that stand in the text. */
let taken = 0;

/**
 * The canonical bytes of a record whose parts are what their types say, at a fraction of the cost of
 * a writer that asks each value what it is and sorts its names. INVARIANT: they are the bytes that
 * `canonicalBytes` makes of `{ ...draft, ...stamp }`, or undefined: then that is asked. So it is for
 * a member that was forgotten here, too.
 */
export function usualBytes(draft: RecordDraft, stamp: Stamp): Buffer | undefined {
  // Every record has them, and its text begins with them.
  if (draft.actors === undefined) return undefined;
  isUsual = true;
  taken = 0;
  const text = inOrder(draft, stamp);
  // A member that nobody here knows, or that is there and undefined, makes the counts differ.
  const isKnown = isUsual && taken === Object.keys(draft).length;
  return isKnown ? plainBytes(text) : undefined;
}

/** By UTF-16 code units, as RFC 8785 has it: written down, so that nobody sorts it again. */
function inOrder(draft: RecordDraft, stamp: Stamp): string {
  return (
    object('{"actors":', draft.actors, keptOrWritten) +
    object(',"approval":', draft.approval, written) +
    object(',"arguments":', draft.arguments, commitmentText) +
    string(',"call":"', draft.call) +
    object(',"decision":', draft.decision, decisionText) +
    object(',"details":', draft.details, written) +
    number(',"durationUs":', draft.durationUs) +
    string(',"effect":"', draft.effect) +
    (stamp.environment === undefined ? '' : `,"environment":${quoted(stamp.environment)}`) +
    object(',"facts":', draft.facts, keptOrWritten) +
    object(',"heard":', draft.heard, commitmentText) +
    `,"id":${quoted(stamp.id)}` +
    string(',"intent":"', draft.intent) +
    object(',"labels":', draft.labels, labelsText) +
    object(',"lease":', draft.lease, written) +
    (stamp.life === undefined ? '' : `,"life":${lifeText(stamp.life)}`) +
    string(',"method":"', draft.method) +
    `,"monotonicUs":${numberText(stamp.monotonicUs)}` +
    string(',"named":"', draft.named) +
    number(',"overlay":', draft.overlay) +
    object(',"part":', draft.part, written) +
    object(',"parts":', draft.parts, written) +
    (stamp.payload === undefined ? '' : `,"payload":${payloadText(stamp.payload)}`) +
    object(',"pdp":', draft.pdp, written) +
    object(',"questions":', draft.questions, keptOrWritten) +
    object(',"refusal":', draft.refusal, written) +
    (stamp.required === undefined ? '' : `,"required":${written(stamp.required)}`) +
    object(',"result":', draft.result, commitmentText) +
    `,"schema":${numberText(stamp.schema)},"sequence":${numberText(stamp.sequence)}` +
    string(',"session":"', draft.session) +
    string(',"snapshot":"', draft.snapshot) +
    string(',"source":"', draft.source) +
    object(',"target":', draft.target, targetText) +
    string(',"task":"', draft.task) +
    string(',"tasks":"', draft.tasks) +
    string(',"tenant":"', draft.tenant) +
    `,"time":${quoted(stamp.time)}` +
    string(',"trace":"', draft.trace) +
    string(',"traceIgnored":"', draft.traceIgnored) +
    string(',"type":"', draft.type) +
    object(',"usage":', draft.usage, written) +
    object(',"wouldHave":', draft.wouldHave, written) +
    `,"writer":${quoted(stamp.writer)}}`
  );
}

function object<Part extends object>(
  name: string,
  given: Part | undefined,
  write: (part: Part) => string,
): string {
  if (given === undefined) return '';
  taken += 1;
  return name + write(given);
}

function string(name: string, given: string | undefined): string {
  if (given === undefined) return '';
  taken += 1;
  return isPlain(given) ? `${name}${given}"` : other(given);
}

function number(name: string, given: number | undefined): string {
  if (given === undefined) return '';
  taken += 1;
  return name + numberText(given);
}

function written(part: object): string {
  return canonicalPart(part as Json, 1);
}

function keptOrWritten(part: object): string {
  return keptText(part) ?? written(part);
}

function quoted(given: unknown): string {
  return isPlain(given) ? `"${given}"` : other(given);
}

/** What else wants an escape is looked for at the end, in the whole. */
function isPlain(given: unknown): given is string {
  return typeof given === 'string' && !given.includes('"');
}

function numberText(value: unknown): string {
  return typeof value === 'number' && Number.isFinite(value) ? `${value}` : other(value);
}

let lastLife = 0;
let lastLifeText = '0';

/** Of most records it is the one of the record before. */
function lifeText(life: unknown): string {
  if (life === lastLife) return lastLifeText;
  const text = numberText(life);
  if (typeof life === 'number') [lastLife, lastLifeText] = [life, text];
  return text;
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
  if (!has(part, 2)) return other(part);
  const { bytes, sha256 } = part;
  return `{"bytes":${numberText(bytes)},"sha256":${quoted(sha256)}}`;
}

function payloadText(part: SealedPart): string {
  const { bytes, key, salts, sha256 } = part;
  if (!has(part, salts === undefined ? 3 : 4)) return other(part);
  const behind = salts === undefined ? '' : `,"salts":${listText(salts)}`;
  return `{"bytes":${numberText(bytes)},"key":${quoted(key)}${behind},"sha256":${quoted(sha256)}}`;
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
