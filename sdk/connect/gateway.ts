import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { clientCertificate } from '../certificate.ts';
import { bounds, Held } from './bounds.ts';
import { AfterHead, collect, createWire, drop, Unanswered, type Wire } from './exchange.ts';
import { readMembers } from './message.ts';
import type { Place } from './place.ts';
import { ConnectProblem, sentenceOf } from './problem.ts';
import { createDpopProver, type Owner, type Prover, provenByChannel } from './prover.ts';

export interface Sent {
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly signal: AbortSignal;
  /** It changes nothing, so it may be sent again when nobody knows whether it arrived. */
  readonly isRepeatable: boolean;
  /** How long to wait for a gateway that is away. */
  readonly patienceMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: AsyncIterable<Uint8Array>;
}

export interface Gateway {
  /** Rejects with `Unanswered` or with a problem that says what to do. */
  send(one: Sent): Promise<Answer>;
  close(): void;
}

export interface GatewayParts {
  readonly owner: Pick<Owner, 'key' | 'identity'>;
  /** Where it is now: asked again whenever it cannot be reached. */
  readonly where: () => Place;
  readonly say: (sentence: string) => void;
}

interface Line {
  readonly place: Place;
  readonly wire: Wire;
  readonly prover: Prover;
  readonly madeAt: number;
}

/** The certificate of a channel is good for a month; a new one is made long before. */
const lineLivesMs = 86_400_000;
const firstPauseMs = 50;
const longestPauseMs = 1_000;

/** One gateway, as its agent sees it: proves every request, waits out a restart, asks again where that is safe. */
export function createGateway(parts: GatewayParts): Gateway {
  let line: Line | undefined;
  const current = (anew: boolean): Line => {
    const place = anew || line === undefined ? parts.where() : line.place;
    const isSame = line !== undefined && JSON.stringify(place) === JSON.stringify(line.place);
    if (line !== undefined && isSame && Date.now() - line.madeAt < lineLivesMs) return line;
    line = lineTo(place, parts.owner);
    return line;
  };
  return {
    async send(one) {
      const until = Date.now() + (one.patienceMs ?? bounds.patienceMs);
      for (let tries = 0; ; tries += 1) {
        try {
          return await proven(current(tries > 0), one);
        } catch (fault) {
          const wait = Math.min(longestPauseMs, firstPauseMs * 2 ** tries);
          const mayGoOn = Date.now() + wait < until && !one.signal.aborted;
          if (!mayGoOn || !mayRepeat(fault, one)) throw fault;
          if (tries === 2)
            parts.say(`the gateway does not answer, trying again: ${sentenceOf(fault)}`);
          await pause(wait, undefined, { signal: one.signal }).catch(() => undefined);
        }
      }
    },
    close: () => line?.wire.close(),
  };
}

function lineTo(place: Place, owner: GatewayParts['owner']): Line {
  const isChannel = place.gateway.protocol === 'https:' && place.proof !== 'dpop';
  const channel = isChannel ? { ...clientCertificate(owner.key), ca: place.ca } : undefined;
  const prover = isChannel
    ? provenByChannel
    : createDpopProver(() => ({ ...owner, control: place.control }));
  return { place, wire: createWire(channel), prover, madeAt: Date.now() };
}

/** INVARIANT: what may have been acted on is not sent twice. */
function mayRepeat(fault: unknown, { isRepeatable }: Sent): boolean {
  if (fault instanceof Unanswered) return !fault.wasSent || isRepeatable;
  return isAway(fault);
}

/** The program that gives tokens does not answer: nothing was sent yet. */
function isAway(fault: unknown): boolean {
  return fault instanceof Error && 'code' in fault && fault.code === 'cli/not-running';
}

const mostProofs = 3;
const judgedAgainMs = 400;

/** Repeats what was refused for its proof alone: a nonce or a token that was too old. */
async function proven({ place, wire, prover }: Line, one: Sent): Promise<Answer> {
  const { method, body, signal } = one;
  const url = place.gateway;
  for (let tries = 1; ; tries += 1) {
    const headers = { ...one.headers, ...(await prover.headers(method, url)) };
    const response = await wire.ask({ method, url, headers, body, signal });
    const { statusCode: status = 0, headers: told } = response;
    const verdict = prover.learn(told, status);
    const answer = { status, headers: told, body: response };
    if (tries === mostProofs) return answer;
    if (verdict === 'again') {
      drop(response);
      continue;
    }
    const judged = status === 503 ? await unlessNotJudged(answer) : answer;
    if (judged !== undefined) return judged;
    await pause(judgedAgainMs);
  }
}

const unjudged = 'identity/proof-not-judged';
const shortAnswer = 65_536;

/** A gateway that was restarted cannot say whether it knew this proof: a new one is judged. */
async function unlessNotJudged(answer: Answer): Promise<Answer | undefined> {
  const length = Number(answer.headers['content-length'] ?? Number.NaN);
  if (!(length <= shortAnswer)) return answer;
  const bytes = await collect(answer.body, new Held(shortAnswer));
  return codeIn(bytes) === unjudged ? undefined : { ...answer, body: only(bytes) };
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function codeIn(bytes: Uint8Array): unknown {
  const value = readMembers(bytes);
  const error = value?.['error'] as Readonly<Record<string, unknown>> | undefined;
  const data = error?.['data'] as Readonly<Record<string, unknown>> | undefined;
  return data?.['code'] ?? value?.['code'];
}

/** What the client is told of a fault, and what is known of what its request did. */
export function troubleOf(fault: unknown): {
  readonly code: string;
  readonly message: string;
  readonly suggestedAction: string;
  readonly effect: 'none' | 'unknown';
} {
  if (fault instanceof AfterHead) return { ...troubleOf(fault.cause), effect: 'unknown' };
  if (fault instanceof Unanswered)
    return fault.wasSent ? lost : { ...away, message: `${away.message}: ${fault.message}` };
  if (fault instanceof ConnectProblem || isAway(fault)) {
    const { code, message, suggestedAction } = fault as ConnectProblem;
    return { code, message, suggestedAction, effect: 'none' };
  }
  return { ...away, code: 'connect/refused', message: sentenceOf(fault) };
}

const lost = {
  code: 'connect/gateway-lost',
  message: 'the gateway went away while this request was open; whether it was done is not known',
  suggestedAction: 'look whether it happened before you ask for it again',
  effect: 'unknown',
} as const;

const away = {
  code: 'connect/gateway-away',
  message: 'the gateway does not answer, so nothing was done',
  suggestedAction: 'ask again in a moment; whoever operates it starts it with `./bailiwick up`',
  effect: 'none',
} as const;
