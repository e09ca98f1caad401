import type { Outbound, OutboundAnswer, OutboundAsk } from '#contracts/outbound.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';

export function providerFault(message: string): BailiwickError {
  return new BailiwickError('identity/provider-fault', {
    message: `the identity provider: ${message}`,
  });
}

export async function getJson(
  outbound: Outbound,
  url: string,
): Promise<{ readonly value: JsonObject; readonly maxAge: number | undefined }> {
  const answer = await ask(outbound, { url });
  if (answer.status !== 200) throw providerFault(`it answered ${answer.status}`);
  return { value: objectOf(answer), maxAge: answer.maxAge };
}

/** INVARIANT: bounded in time and size; what its address stands for was judged. */
export async function ask(
  outbound: Outbound,
  what: Omit<OutboundAsk, 'maxBytes' | 'timeoutMs'>,
): Promise<OutboundAnswer> {
  try {
    return await outbound.fetch({
      ...what,
      maxBytes: limits.providerAnswerBytes,
      timeoutMs: limits.providerWaitMs,
    });
  } catch (fault) {
    if (fault instanceof BailiwickError && fault.code === 'outbound/refused') {
      throw providerFault(fault.message);
    }
    throw new BailiwickError('identity/provider-away', { cause: fault });
  }
}

export function objectOf({ body }: OutboundAnswer): JsonObject {
  try {
    const value = parseJson(body);
    if (isJsonObject(value)) return value;
  } catch {
    // Told below, in one way.
  }
  throw providerFault('what it answered is no JSON object');
}
