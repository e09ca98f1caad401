import { askMethods, type Hearing, type ToolAnswer } from '#contracts/tool-server.ts';
import { emptyObject, isJsonObject, type JsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { protocolBroken, tooLarge, upstreamError } from './failed.ts';
import type { Message } from './message.ts';

/** Room for what stands around a result in its message. */
export const envelopeBytes = 65_536;

export interface AnswerBounds {
  readonly resultBytes: number;
  /** Of the request: what an error says of the effect depends on it. */
  readonly method?: string;
  /** What was offered to be asked, if anything was. */
  readonly hearing?: Hearing | undefined;
}

/** The whole answer arrived: what it is worth to the caller. */
export function toAnswer(message: Message, bytes: number, bounds: AnswerBounds): ToolAnswer {
  const cap = bounds.resultBytes;
  if (message.kind === 'error') return upstreamError(message.error, bounds.method);
  if (message.kind === 'broken') return protocolBroken('unknown', message.why);
  if (message.kind !== 'result') return protocolBroken('unknown', 'an answer was expected');
  return bytes > cap + envelopeBytes
    ? tooLarge('done', cap)
    : complete(message.result, bytes, bounds.hearing);
}

function complete(result: JsonObject, bytes: number, hearing: Hearing | undefined): ToolAnswer {
  const type = result['resultType'];
  if (type === undefined || type === 'complete') return { kind: 'answer', result, bytes };
  if (type === 'input_required' && hearing !== undefined) return asking(result, bytes, hearing);
  // Without a capability a server may ask nothing, and it may never turn the call into a task.
  return protocolBroken('done', 'the result is of a type that was not offered');
}

/** INVARIANT: only what was offered can be asked. */
function asking(result: JsonObject, bytes: number, hearing: Hearing): ToolAnswer {
  const { inputRequests: given, requestState: state } = result;
  const requests = given === undefined ? emptyObject() : given;
  if (!isJsonObject(requests) || (state !== undefined && typeof state !== 'string')) {
    return protocolBroken('done', 'what it asks cannot be read');
  }
  const asks = Object.values(requests);
  if ((asks.length === 0 && state === undefined) || asks.length > limits.asksAtOnce) {
    return protocolBroken('done', 'it asks for nothing, or for too much at once');
  }
  const isOffered = asks.every((ask) => isJsonObject(ask) && mayAsk(ask['method'], hearing));
  if (!isOffered) return protocolBroken('done', 'it asks for what was not offered');
  return { kind: 'asks', requests, state, bytes };
}

/** `elicitation/create` needs the capability `elicitation`. */
export function mayAsk(method: unknown, { capabilities }: Hearing): boolean {
  const known = askMethods.find((one) => one === method);
  if (known === undefined) return false;
  return Object.hasOwn(capabilities, known.slice(0, known.indexOf('/')));
}
