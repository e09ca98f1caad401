import { type Hearing, type UpstreamRequest, withReplies } from '#contracts/tool-server.ts';
import type { Continued, Talk } from '#kernel/call.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError, type Refusal, refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { ClientAsk, ServerEntry } from '#kernel/snapshot.ts';
import { type Target, targetText } from '#kernel/target.ts';
import type { Inspector } from '#planes/semantic/index.ts';
import type { OpenUpstream } from '../held-upstream.ts';
import type { Heard, Taken, TakenAsks } from '../intake.ts';
import type { Exchanging } from '../subject.ts';
import type { TakenStream } from '../taken-stream.ts';
import type { Asks } from './asks.ts';
import { Conversation, type Going } from './conversation.ts';
import type { ParkedCall } from './parked.ts';
import type { Asker, Questions } from './questions.ts';

export interface TalkParts {
  readonly asks: Asks;
  readonly questions: Questions;
  readonly inspector: Pick<Inspector, 'arguments'>;
}

export interface ConverseNeed {
  readonly walk: Exchanging;
  readonly server: Pick<ServerEntry, 'asks'>;
  readonly target: Target;
  /** Of what is asked for: to do it twice would harm nobody. */
  readonly isRead: boolean;
  readonly argumentBytes: Buffer;
  readonly continued: Continued | undefined;
  /** As it would be made if nothing but the answer were wanted. */
  readonly request: UpstreamRequest;
  readonly upstream: Pick<OpenUpstream, 'converse'>;
  /** INVARIANT: called before the first byte may leave, and not when nothing does. */
  readonly leaves: () => void;
  /** What becomes of an answer, whichever it is. */
  readonly told?: ((taken: Taken) => Taken) | undefined;
}

/** Whether more may be said in this call than a question and its answer. */
export function isTalk(
  talk: Talk | undefined,
  continued: Continued | undefined,
  { asks = [] }: Pick<ServerEntry, 'asks'>,
): boolean {
  if (continued !== undefined) return true;
  if (talk === undefined) return false;
  return talk.progress || talk.log !== undefined || asksFor(talk, { asks }).length > 0;
}

/** INVARIANT: a server may ask what its document says, of a caller who can be asked. */
export function asksFor(
  { capabilities }: Talk,
  { asks = [] }: Pick<ServerEntry, 'asks'>,
): readonly ClientAsk[] {
  return asks.filter((ask) => Object.hasOwn(capabilities, ask));
}

export async function converse(
  parts: TalkParts,
  need: ConverseNeed,
): Promise<Taken | TakenStream | Refusal> {
  const { continued, walk } = need;
  if (continued === undefined) {
    need.leaves();
    return begin(parts, need, undefined);
  }
  const { replies, state: handle } = continued;
  const no = inspect(parts, replies);
  if (no !== undefined) return no;
  const asked =
    handle === undefined ? undefined : await parts.questions.take(askerOf(need), handle);
  if (asked === undefined) return refusal('tools/unknown-state');
  need.leaves();
  const { parked, state } = asked;
  if (parked === undefined) return begin(parts, need, { replies, state });
  const { conversation } = parked;
  conversation.resume(replies, walk.loan.lent);
  return conversation.stream(walk.call.signal);
}

function begin(parts: TalkParts, need: ConverseNeed, going: Going | undefined): TakenStream {
  const { walk, server } = need;
  const { principal, call } = walk;
  const talk = call.talk ?? onlyTheAnswer;
  const by = askerOf(need);
  const conversation = new Conversation(
    {
      talk,
      capabilities: capabilitiesOf(talk, server),
      request: (hearing, replied, signal, hear) =>
        askServer(need, { hearing, replied, signal, hear }),
      ask: (hear) => parts.asks.open(principal, hear),
      keep: (state, parked) =>
        parts.questions.keep({ by, state, parked: parked && parkedOf(need, parked) }),
      forget: (handle) => parts.questions.forget(handle),
      inspect: (reply) => inspect(parts, reply),
    },
    going,
  );
  return conversation.stream(call.signal);
}

interface Round {
  readonly hearing: Hearing;
  readonly replied: Going | undefined;
  readonly signal: AbortSignal;
  readonly hear: (heard: Heard) => void;
}

async function askServer(
  { request, upstream, told }: ConverseNeed,
  { hearing, replied, signal, hear }: Round,
): Promise<Taken | TakenAsks> {
  const listening = { ...request, hearing, signal };
  const asked = replied === undefined ? listening : withReplies(listening, replied);
  const taken = await upstream.converse(asked, hear);
  return taken.kind === 'asks' || told === undefined ? taken : told(taken);
}

const onlyTheAnswer: Talk = { progress: false, log: undefined, capabilities: {}, asked: 'retry' };

function parkedOf(need: ConverseNeed, conversation: Conversation): ParkedCall {
  const { walk, target, isRead } = need;
  const { principal, call } = walk;
  const { argumentsDigest } = askerOf(need);
  return { conversation, principal, target, call: call.id, argumentsDigest, isRead };
}

function askerOf({ walk: { principal }, target, argumentBytes }: ConverseNeed): Asker {
  const { tenant, instance, task } = principal;
  const argumentsDigest = sha256Hex(argumentBytes);
  return { tenant, instance, task, target: targetText(target), argumentsDigest };
}

function capabilitiesOf(talk: Talk, server: Pick<ServerEntry, 'asks'>): JsonObject {
  return Object.fromEntries(
    asksFor(talk, server).map((ask) => [ask, talk.capabilities[ask] ?? {}]),
  );
}

/** What goes to a server by way of a reply is looked at like what goes by arguments. */
function inspect({ inspector }: TalkParts, reply: JsonObject): Refusal | undefined {
  try {
    const { labels } = inspector.arguments(reply);
    return labels.includes('confidentiality:secret')
      ? refusal('semantic/secret-in-arguments')
      : undefined;
  } catch (fault) {
    return fault instanceof BailiwickError ? fault.toRefusal() : refusal('gateway/internal');
  }
}
