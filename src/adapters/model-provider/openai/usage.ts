import { z } from 'zod';
import type { StreamUsage } from '#contracts/streamed.ts';

const count = z.number().int().min(0).max(1_000_000_000);

export const usageShape = z
  .object({ prompt_tokens: count, completion_tokens: count })
  .nullish()
  .transform((said): StreamUsage | undefined =>
    said === undefined || said === null
      ? undefined
      : { inputTokens: said.prompt_tokens, outputTokens: said.completion_tokens },
  );
