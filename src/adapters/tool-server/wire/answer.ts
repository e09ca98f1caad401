import type { ToolAnswer } from '#contracts/tool-server.ts';
import type { JsonObject } from '#kernel/json/index.ts';
import { protocolBroken, tooLarge, upstreamError } from './failed.ts';
import type { Message } from './message.ts';

/** Room for what stands around a result in its message. */
export const envelopeBytes = 65_536;

export interface AnswerBounds {
  readonly resultBytes: number;
  /** Of the request: what an error says of the effect depends on it. */
  readonly method?: string;
}

/** The whole answer arrived: what it is worth to the caller. */
export function toAnswer(message: Message, bytes: number, bounds: AnswerBounds): ToolAnswer {
  const cap = bounds.resultBytes;
  if (message.kind === 'error') return upstreamError(message.error, bounds.method);
  if (message.kind === 'broken') return protocolBroken('unknown', message.why);
  if (message.kind !== 'result') return protocolBroken('unknown', 'an answer was expected');
  return bytes > cap + envelopeBytes ? tooLarge('done', cap) : complete(message.result, bytes);
}

function complete(result: JsonObject, bytes: number): ToolAnswer {
  const type = result['resultType'];
  if (type === undefined || type === 'complete') return { kind: 'answer', result, bytes };
  // We offer no capability, so a server may ask nothing and may not turn the call into a task.
  return protocolBroken('done', 'the result is of a type that was not offered');
}
