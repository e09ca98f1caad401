import { z } from 'zod';
import type { StreamUsage } from '#contracts/streamed.ts';
import type { JsonObject } from '#kernel/json/index.ts';
import { usageShape } from './usage.ts';

const name = z.string().max(256);
const text = z.string().nullish();
const index = z.number().int().min(0).max(127);

const toolCall = z.object({
  id: name,
  type: z.literal('function'),
  function: z.object({ name, arguments: z.string() }),
});

const choice = z.object({
  index,
  finish_reason: z.string().max(64).nullable(),
  message: z.object({
    role: z.literal('assistant'),
    content: text,
    refusal: text,
    reasoning_content: text,
    tool_calls: z.array(toolCall).max(128).nullish(),
  }),
});

const completion = z.object({
  id: name,
  created: z.number().int().min(0),
  model: name,
  system_fingerprint: name.nullish(),
  choices: z.array(choice).min(1).max(128),
  usage: usageShape,
});

type Completion = z.infer<typeof completion>;

export interface ReadCompletion {
  readonly completion: JsonObject;
  readonly usage: StreamUsage | undefined;
}

/**
 * INVARIANT: made anew from members that are known. A member that nobody knows could carry what a
 * scan of texts does not see, such as every token a second time.
 */
export function readCompletion(value: unknown, choices: number): ReadCompletion | undefined {
  const parsed = completion.safeParse(value);
  if (!parsed.success) return undefined;
  const places = new Set(parsed.data.choices.map(({ index: at }) => at));
  if (places.size < parsed.data.choices.length) return undefined;
  if ([...places].some((at) => at >= choices)) return undefined;
  return { completion: rebuilt(parsed.data), usage: parsed.data.usage };
}

function rebuilt({ id, created, model, system_fingerprint, choices }: Completion): JsonObject {
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    ...(typeof system_fingerprint === 'string' ? { system_fingerprint } : {}),
    choices: choices.map(({ index: at, finish_reason, message }) => ({
      index: at,
      message: messageOf(message),
      logprobs: null,
      finish_reason,
    })),
  };
}

function messageOf(message: Completion['choices'][number]['message']): JsonObject {
  const { content, refusal, reasoning_content: reasoning, tool_calls: calls } = message;
  return {
    role: 'assistant',
    content: content ?? null,
    refusal: refusal ?? null,
    ...(typeof reasoning === 'string' ? { reasoning_content: reasoning } : {}),
    ...(calls === undefined || calls === null || calls.length === 0 ? {} : { tool_calls: calls }),
  };
}
