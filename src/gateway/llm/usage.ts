import type { JsonObject } from '#kernel/json/value.ts';

/** What was counted, in the words of the API; `estimated` where the provider did not count. */
export function usageOf({ inputTokens, outputTokens, estimated }: JsonObject): JsonObject {
  const [input, output] = [numberOf(inputTokens), numberOf(outputTokens)];
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    ...(estimated === true ? { estimated: true } : {}),
  };
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
