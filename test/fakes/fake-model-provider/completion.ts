import { isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';

export interface Asked {
  readonly request: JsonObject;
  readonly model: string;
  readonly stream: boolean;
  readonly wantsUsage: boolean;
  /** The text of the last message of the user. */
  readonly said: string;
  /** What it was authorised with. */
  readonly key: string;
}

export function askedOf(request: JsonObject, key: string): Asked {
  const options = request['stream_options'];
  return {
    request,
    model: textOf(request['model']),
    stream: request['stream'] === true,
    wantsUsage: isJsonObject(options) && options['include_usage'] === true,
    said: lastWords(request['messages']),
    key,
  };
}

function lastWords(messages: Json | undefined): string {
  const list = Array.isArray(messages) ? (messages as readonly Json[]) : [];
  const users = list.filter(isJsonObject).filter(({ role }) => role === 'user');
  const content = users.at(-1)?.['content'];
  if (typeof content === 'string') return content;
  const parts = Array.isArray(content) ? (content as readonly Json[]).filter(isJsonObject) : [];
  return parts.map(({ text }) => textOf(text)).join('');
}

export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

const id = 'chatcmpl-fake';
const created = 1_790_000_000;

export const usage: JsonObject = {
  prompt_tokens: 11,
  completion_tokens: 7,
  total_tokens: 18,
  prompt_tokens_details: { cached_tokens: 0 },
};

/** A whole completion, with members that only some providers know. */
export function completion(asked: Asked, message: JsonObject, finish = 'stop'): JsonObject {
  return {
    id,
    object: 'chat.completion',
    created,
    model: asked.model,
    system_fingerprint: 'fp_fake',
    service_tier: 'default',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', ...message },
        logprobs: null,
        finish_reason: finish,
      },
    ],
    usage,
    x_vendor_secret_sauce: 'not for you',
  };
}

export function chunk(asked: Asked, delta: JsonObject, finish: string | null = null): JsonObject {
  return {
    id,
    object: 'chat.completion.chunk',
    created,
    model: asked.model,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    ...(asked.wantsUsage ? { usage: null } : {}),
    obfuscation: 'xK2',
    x_vendor_secret_sauce: 'not for you',
  };
}

export function usageChunk(asked: Asked): JsonObject {
  return {
    id,
    object: 'chat.completion.chunk',
    created,
    model: asked.model,
    choices: [],
    usage,
  };
}

/** Pieces of a text, by characters of the alphabet: half of a surrogate pair is sent by nobody. */
export function pieces(text: string, size: number): string[] {
  const letters = Array.from(text);
  const count = Math.ceil(letters.length / size);
  return Array.from({ length: count }, (_, at) =>
    letters.slice(at * size, (at + 1) * size).join(''),
  );
}

export function toolCallDeltas(name: string, args: string): JsonObject[] {
  const head: JsonObject = {
    role: 'assistant',
    content: null,
    tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name, arguments: '' } }],
  };
  return [
    head,
    ...pieces(args, 4).map(
      (part): JsonObject => ({
        tool_calls: [{ index: 0, function: { arguments: part } }],
      }),
    ),
  ];
}
