import { errorCodes } from '#kernel/error-codes.ts';
import { z } from 'zod';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { type Json, isJsonObject, type JsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { visibleText } from '#kernel/text/index.ts';
import { messages, remoteImage } from './messages.ts';
import { refusedMembers, unservedMembers } from './refused-members.ts';

/** Any JSON object: the request was read by the strict reader. A schema is content. */
const object = z.custom<JsonObject>(isJsonObject, 'must be an object');
const tokens = z.number().int().min(1).max(10_000_000);
const word = z.string().regex(/^[a-z_]{1,32}$/, 'use one of the words of the API');
const functionName = z.string().regex(/^[A-Za-z0-9_.-]{1,256}$/, 'use a-z, A-Z, 0-9, _, . and -');

const tool = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({
    name: functionName,
    description: z.string().optional(),
    parameters: object.optional(),
    strict: z.boolean().nullish(),
  }),
});

const responseFormat = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    json_schema: z.strictObject({
      name: z.string().max(64),
      description: z.string().optional(),
      schema: object.optional(),
      strict: z.boolean().nullish(),
    }),
  }),
]);

/** What is let through, whole. `model` and `stream_options` are read by the front. */
const request = z.strictObject({
  messages,
  max_tokens: tokens.optional(),
  max_completion_tokens: tokens.optional(),
  stream: z.literal(true).optional(),
  n: z.number().int().min(1).max(limits.modelChoices).optional(),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  frequency_penalty: z.number().min(-2).max(2).optional(),
  presence_penalty: z.number().min(-2).max(2).optional(),
  seed: z.number().int().optional(),
  stop: z.union([z.string(), z.array(z.string()).max(16)]).optional(),
  logit_bias: z.record(z.string().regex(/^\d{1,9}$/), z.number().min(-100).max(100)).optional(),
  modalities: z.tuple([z.literal('text')]).optional(),
  parallel_tool_calls: z.boolean().optional(),
  reasoning_effort: word.optional(),
  verbosity: word.optional(),
  response_format: responseFormat.optional(),
  /** Faster ones cost more. */
  service_tier: z.enum(['auto', 'default']).optional(),
  /** That nothing is kept, and no word told twice, may be said. */
  store: z.literal(false).optional(),
  logprobs: z.literal(false).optional(),
  user: z.string().max(256).optional(),
  safety_identifier: z.string().max(256).optional(),
  tools: z.array(tool).max(128).optional(),
  tool_choice: z
    .union([
      z.enum(['none', 'auto', 'required']),
      z.strictObject({
        type: z.literal('function'),
        function: z.strictObject({ name: functionName }),
      }),
    ])
    .optional(),
});

export interface JudgedRequest {
  readonly kind: 'judged';
  readonly choices: number;
  /** The highest that it asks for; undefined when it bounds nothing. */
  readonly outputTokens: number | undefined;
}

/** Every member, against the list of what is allowed. Pure; names in refusals, no values. */
export function judgeRequest(given: JsonObject): JudgedRequest | Refusal {
  const byItself = refusedMember(given) ?? providerTool(given['tools']);
  if (byItself !== undefined) return byItself;
  const parsed = request.safeParse(given);
  if (!parsed.success) return refusalOf(parsed.error.issues);
  const { n = 1, max_tokens: older, max_completion_tokens: newer } = parsed.data;
  const asked = [older, newer].filter((one) => one !== undefined);
  return {
    kind: 'judged',
    choices: n,
    outputTokens: asked.length === 0 ? undefined : Math.max(...asked),
  };
}

function refusedMember(given: JsonObject): Refusal | undefined {
  const asked = Object.keys(given).filter((key) => !isHarmless(key, given[key]));
  const unserved = asked.find((key) => Object.hasOwn(unservedMembers, key));
  const member = asked.find((key) => Object.hasOwn(refusedMembers, key));
  if (member === undefined) return unserved === undefined ? undefined : notServed(unserved);
  return byItself(member, `\`${member}\` is not let through: ${refusedMembers[member]}`);
}

/** What says that it wants none of it. */
function isHarmless(member: string, value: Json | undefined): boolean {
  return (member === 'store' || member === 'logprobs') && value === false;
}

/** Tools that the provider runs itself would be called beside the gateway. */
function providerTool(tools: Json | undefined): Refusal | undefined {
  const list = Array.isArray(tools) ? (tools as readonly Json[]) : [];
  const at = list.findIndex((one) => isJsonObject(one) && one['type'] !== 'function');
  if (at < 0) return undefined;
  return byItself(`tools.${at}.type`, 'tools of another type than `function` are not let through');
}

function notServed(member: string): Refusal {
  return refusal('models/not-served', {
    message: `\`${member}\` is not served: ${unservedMembers[member]}`,
    details: { member },
  });
}

function byItself(member: string, message: string): Refusal {
  return refusal('models/provider-executed', { message, details: { member } });
}

function refusalOf(issues: readonly z.core.$ZodIssue[]): Refusal {
  const issue = deepest(issues);
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const member = memberName([...path, issue.keys[0] ?? '']);
    return refusal('models/unknown-field', {
      recordedMessage: errorCodes['models/unknown-field'].message,
      message: `\`${member}\` is not known, so it is refused`,
      details: { member },
    });
  }
  const member = memberName(path);
  if (issue.message === remoteImage) return byItself(member, `\`${member}\` ${issue.message}`);
  return refusal('models/invalid-request', {
    // Below a member of the request names can be the caller's.
    recordedMessage: `\`${path[0] ?? ''}\` does not fit`,
    message: `\`${member}\` does not fit: ${plain(issue.message)}`,
    details: { member },
  });
}

/** Of a union zod says only that nothing fits; what is meant is the branch that came furthest. */
function deepest(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue {
  const [first] = issues;
  if (first === undefined) throw new TypeError('an issue is missing');
  if (first.code !== 'invalid_union') return first;
  const inner = first.errors
    .filter((branch) => branch.length > 0)
    .map(deepest)
    .sort((a, b) => b.path.length - a.path.length)[0];
  if (inner === undefined) return first;
  return { ...inner, path: [...first.path, ...inner.path] };
}

/** Names come from the caller. */
function memberName(path: readonly string[]): string {
  return visibleText(path.join('.'), { maxLength: 200 });
}

/** zod writes `Too small: expected …`; ours are sentences without a capital. */
function plain(message: string): string {
  const words = message.replace(/^Invalid (input|option): /, '');
  return words.charAt(0).toLowerCase() + words.slice(1);
}
