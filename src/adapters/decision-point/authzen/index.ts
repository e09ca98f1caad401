import type { DecisionAnswer, DecisionAsk, DecisionPoint } from '#contracts/decision-point.ts';
import type { Outbound, OutboundAnswer, OutboundNetwork } from '#contracts/outbound.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalBytes, isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { Json } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { createOpenQuestions } from './open-questions.ts';

/** OpenID AuthZEN Authorization API 1.0: one access evaluation for each question. */
export function createAuthZen(outboundFor: (network: OutboundNetwork) => Outbound): DecisionPoint {
  const open = createOpenQuestions();
  return {
    async ask(ask) {
      const body = canonicalBytes(ask.question);
      if (body.length > limits.pdpQuestionBytes) return unavailable('the question is too large');
      const left = open.enter(ask.pdp.url);
      if (left === undefined) return unavailable('too many questions are open');
      try {
        const answer = await outboundFor(ask.pdp.network).fetch({
          url: `${ask.pdp.url}/access/v1/evaluation`,
          method: 'POST',
          headers: headersOf(ask),
          body: body.toString('utf8'),
          maxBytes: limits.pdpAnswerBytes,
          timeoutMs: Math.min(ask.pdp.timeoutMs, limits.pdpWaitMs),
          signal: ask.signal,
        });
        return read(answer);
      } catch (fault) {
        return unavailable(reasonOf(fault));
      } finally {
        left();
      }
    },
  };
}

function headersOf({ credential, id }: DecisionAsk): Record<string, string> {
  return {
    'content-type': 'application/json',
    'x-request-id': id,
    ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }),
  };
}

/** INVARIANT: `true` itself, in a whole object, with the one status that carries an answer. */
function read({ status, type, body }: OutboundAnswer): DecisionAnswer {
  if (status !== 200) return unavailable(`it answered with status ${status}`);
  if (!/^application\/json\s*(?:;|$)/i.test(type)) return unavailable(malformed);
  const answer = parsed(body);
  const decision = isJsonObject(answer) ? answer['decision'] : undefined;
  if (typeof decision !== 'boolean') return unavailable(malformed);
  return { kind: decision ? 'permit' : 'deny' };
}

const malformed = 'what it answered is no decision';

function parsed(body: Uint8Array): Json | undefined {
  try {
    return parseJson(body, { maxBytes: limits.pdpAnswerBytes });
  } catch {
    return undefined;
  }
}

function unavailable(reason: string): DecisionAnswer {
  return { kind: 'unavailable', reason };
}

/** Whoever reads the record learns whether it may not be asked, did not answer in time, or is not there. */
function reasonOf(fault: unknown): string {
  if (!(fault instanceof BailiwickError)) return 'it could not be asked';
  if (fault.code === 'outbound/refused') return fault.message;
  const { cause } = fault;
  const isLate = cause instanceof Error && cause.name === 'TimeoutError';
  return isLate ? 'it did not answer in time' : 'it is not there';
}
