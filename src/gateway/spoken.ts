import { isBelieved, speakerId, type SpeakerEntry, speakersFor } from '#contracts/speaker-entry.ts';
import type { ReadStatement, WordsDeaf, WordWay } from '#contracts/spoken-words.ts';
import type { GatewayTasks } from '#contracts/task-book.ts';
import type { BroughtWords } from '#kernel/call.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { actorChain, type Principal, type UserLeg } from '#kernel/principal.ts';
import type { Clock } from '#kernel/time.ts';
import type { Recorder } from '#planes/audit/index.ts';
import { type FlowMemory, Repeats, turnsOf } from '#planes/flow/index.ts';
import { sessionOf } from './drafts.ts';
import type { Heard } from './heard.ts';
import type { Resolved } from './progress.ts';
import type { TaskLabelCache } from './session-labels.ts';
import type { TaskFlow } from './task-flow.ts';
import { type TaskWords, workOf } from './task-words.ts';

/**
 * Words of a user that come with a call: in its `_meta`, or as turns to a model. INVARIANT: an agent can write both, so they
 * count only where a document says who is believed, or where the user's own side signed them; on record before they count.
 */
export interface Spoken {
  /** Undefined: nothing was said. A fault where it cannot be kept: what was said may be a no. */
  hear(walk: Resolved): Heard | undefined | Promise<Heard>;
}

export interface SpokenParts {
  readonly words: TaskWords;
  readonly tasks: GatewayTasks;
  readonly memory: Pick<FlowMemory, 'repeats'>;
  readonly flow: Pick<TaskFlow, 'knowsStrangers'>;
  readonly labels: Pick<TaskLabelCache, 'of'>;
  readonly recorder: Pick<Recorder, 'record'>;
  readonly read: ReadStatement;
  readonly clock: Clock;
}

/** Ready to be kept. */
interface Saying {
  readonly way: WordWay & Heard['way'];
  readonly speaker: string;
  readonly words: string;
  readonly statement?: string;
  /** Why they grant nothing, although their noes count. */
  readonly deaf?: WordsDeaf;
}

export function createSpoken(parts: SpokenParts): Spoken {
  return {
    hear(walk) {
      const { call, principal } = walk;
      if (call.words !== undefined) return heardInCall(parts, walk, call.words);
      if (call.action.kind !== 'model-generate' || principal.user === undefined) return undefined;
      return heardInTurns(parts, walk, principal.user, call.action.arguments);
    },
  };
}

const nothing = (deaf: WordsDeaf): Heard => ({ way: 'call', records: [], deaf: [deaf] });

function heardInCall(
  parts: SpokenParts,
  walk: Resolved,
  brought: BroughtWords,
): Heard | Promise<Heard> {
  const { principal } = walk;
  const { user } = principal;
  if (user === undefined) return nothing('no-user');
  const speakers = speakersOf(walk, user, 'call');
  if (speakers.length === 0) return nothing('no-document');
  const saying = sayingIn(parts, { walk, user, speakers, brought });
  return 'words' in saying ? keep(parts, principal, user, [saying]) : nothing(saying.no);
}

interface InCall {
  readonly walk: Resolved;
  readonly user: UserLeg;
  readonly speakers: readonly SpeakerEntry[];
  readonly brought: BroughtWords;
}

function sayingIn(
  { read, clock }: SpokenParts,
  { walk, user, speakers, brought }: InCall,
): Saying | { readonly no: WordsDeaf } {
  const { principal, configuration } = walk;
  if (brought.kind === 'plain') {
    const by = believed(speakers, principal);
    return by === undefined
      ? { no: 'not-signed' }
      : { way: 'call', speaker: speakerId(by), words: brought.text };
  }
  const { tenant, agent } = principal;
  const audience = configuration.snapshot.tokens.issuer;
  const heard = read({ tenant, agent, user, speakers, audience, now: clock.now() }, brought.text);
  return 'deaf' in heard ? { no: heard.deaf } : { way: 'call', ...heard };
}

/** INVARIANT: what was handed on brings nobody's word along but what is signed: whoever handed it on wrote the rest. */
function believed(
  speakers: readonly SpeakerEntry[],
  { hops, delegation }: Principal,
): SpeakerEntry | undefined {
  if (hops.length > 0 || delegation === undefined) return undefined;
  return speakers.find((one) => isBelieved(one, delegation.client));
}

function speakersOf(
  { configuration, principal }: Resolved,
  { issuer }: UserLeg,
  way: 'call' | 'turns',
): readonly SpeakerEntry[] {
  const { tenant, agent } = principal;
  const of = configuration.snapshot.tenants[tenant];
  return speakersFor(of, { agent, signedInBy: { issuer }, way });
}

function heardInTurns(
  parts: SpokenParts,
  walk: Resolved,
  user: UserLeg,
  request: JsonObject,
): Promise<Heard> | undefined {
  const by = believed(speakersOf(walk, user, 'turns'), walk.principal);
  if (by === undefined) return undefined;
  const turns = turnsOf(request);
  const speaker = speakerId(by);
  const sayings = turns.user.map((turn): Saying => {
    const saying = { way: 'turn', speaker, words: turn } as const;
    if (Buffer.byteLength(turn) > limits.intentBytes)
      return { ...saying, words: '', deaf: 'too-long' };
    const repeats = new Repeats(turn);
    const isOthers = turns.others.some((other) => repeats.standsIn(other));
    return isOthers ? { ...saying, deaf: 'repeats' } : saying;
  });
  return sayings.length === 0 ? undefined : keepTurns(parts, walk, user, sayings);
}

/** INVARIANT: a turn is not taken for the user's while what strangers wrote in the task is not all known here. */
async function keepTurns(
  parts: SpokenParts,
  walk: Resolved,
  user: UserLeg,
  sayings: readonly Saying[],
): Promise<Heard> {
  const { principal } = walk;
  const known = new Set((await parts.words.now(principal)).map(keyOf));
  // A history that comes again says nothing new.
  const isNew = sayings.some((one) => one.deaf === undefined && !known.has(keyOf(one)));
  if (!isNew) return keep(parts, principal, user, sayings);
  const isKnown = await parts.flow.knowsStrangers(walk, await parts.labels.of(principal));
  const { memory } = parts;
  const judged = sayings.map((one): Saying => {
    if (one.deaf !== undefined || known.has(keyOf(one))) return one;
    if (!isKnown) return { ...one, deaf: 'not-known' };
    return memory.repeats(workOf(principal), one.words) ? { ...one, deaf: 'repeats' } : one;
  });
  return keep(parts, principal, user, judged);
}

const keyOf = ({ way, words }: { readonly way: string; readonly words: string }): string =>
  `${way} ${words.replaceAll('\0', '\ufffd')}`;

/** What is known, each as often as it was said. */
class Counted {
  readonly #left = new Map<string, number>();
  readonly #last = new Map<string, string>();

  constructor(keys: readonly string[]) {
    for (const key of keys) {
      this.#left.set(key, (this.#left.get(key) ?? 0) + 1);
      this.#last.set(key.slice(0, key.indexOf(' ')), key);
    }
  }

  last(way: string): string | undefined {
    return this.#last.get(way);
  }

  say(way: string, key: string): void {
    this.#last.set(way, key);
  }

  /** True where it is one of those. */
  take(key: string): boolean {
    const left = this.#left.get(key) ?? 0;
    if (left > 0) this.#left.set(key, left - 1);
    return left > 0;
  }
}

/** One after the other, in the order in which they were said; what is known already is not said again. */
async function keep(
  parts: SpokenParts,
  principal: Principal,
  user: UserLeg,
  sayings: readonly Saying[],
): Promise<Heard> {
  const { words } = parts;
  const before = (await words.now(principal)).map(keyOf);
  const known = new Counted(before);
  const records: string[] = [];
  const deaf = new Set<WordsDeaf>();
  for (const [at, one] of sayings.entries()) {
    // INVARIANT: what was said last is said again unless it is the last that is known: a no repeated after a yes is a no.
    const isLast = at === sayings.length - 1;
    if (isLast ? known.last(one.way) === keyOf(one) : known.take(keyOf(one))) continue;
    known.say(one.way, keyOf(one));
    const record = await keepOne(parts, principal, user, one);
    if (record === undefined) deaf.add('used');
    else records.push(record);
    if (one.deaf !== undefined) deaf.add(one.deaf);
  }
  words.forget(principal);
  return { way: sayings[0]?.way ?? 'call', records, deaf: [...deaf] };
}

/** Undefined: this statement counts in another task. */
async function keepOne(
  { recorder, tasks, clock }: SpokenParts,
  principal: Principal,
  user: UserLeg,
  { way, speaker, words: text, statement, deaf }: Saying,
): Promise<string | undefined> {
  const { tenant, task } = principal;
  const words = text.replaceAll('\0', '\ufffd');
  const { id: record } = await recorder.record(
    {
      type: 'task.words',
      tenant,
      actors: actorChain(principal),
      ...sessionOf(principal),
      details: { way, speaker, words: 'sealed', ...(deaf === undefined ? {} : { grants: deaf }) },
    },
    Buffer.from(words, 'utf8'),
    { subject: user.subject },
  );
  const kept = await tasks.say({
    tenant,
    task,
    way,
    words,
    by: user.subject,
    speaker,
    record,
    statement,
    grants: deaf === undefined ? undefined : false,
    now: clock.now(),
  });
  return kept === 'used' ? undefined : record;
}
