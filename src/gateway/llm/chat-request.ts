import type { Action } from '#kernel/call.ts';
import { BailiwickError, type Refusal, refusal } from '#kernel/errors.ts';
import {
  canonicalBytes,
  isJsonObject,
  type Json,
  type JsonObject,
  parseJson,
} from '#kernel/json/index.ts';
import { parseTarget } from '#kernel/target.ts';

export interface ReadChat {
  readonly action: Action;
  /** The model as it was asked for: an answer calls it so too, whatever its provider calls it. */
  readonly model: string;
  readonly streams: boolean;
  /** It asked for the usage of its stream; the provider is asked for it anyway. */
  readonly tellsUsage: boolean;
}

/** How an answer is told is read here; everything that a model is asked is judged on the path. */
export function readChat(body: Buffer): ReadChat {
  const value = parsed(body);
  if ('kind' in value) return unread(value.kind);
  const { model, stream, stream_options: options, ...asked } = value.request;
  if (typeof model !== 'string' || model === '' || model.length > longestName) {
    return unread(misfit('model'));
  }
  if (!isFlag(stream)) return unread(misfit('stream'));
  const told = readOptions(options);
  if (told === undefined) return unread(misfit('stream_options'));
  const given = withoutNulls({ ...asked, stream: stream === true ? true : null });
  return {
    action: {
      kind: 'model-generate',
      target: parseTarget(`model:${model}`),
      named: model,
      arguments: given,
      argumentBytes: canonicalBytes(given),
    },
    model,
    streams: stream === true,
    tellsUsage: told,
  };
}

const longestName = 256;

function parsed(body: Buffer): { readonly request: JsonObject } | { readonly kind: Refusal } {
  try {
    const request = parseJson(body);
    return isJsonObject(request)
      ? { request }
      : { kind: refusal('admit/malformed', { message: 'the body is not one object' }) };
  } catch (fault) {
    return {
      kind: fault instanceof BailiwickError ? fault.toRefusal() : refusal('admit/malformed'),
    };
  }
}

function unread(reason: Refusal): ReadChat {
  return { action: { kind: 'refused', reason }, model: '', streams: false, tellsUsage: false };
}

function misfit(member: string): Refusal {
  return refusal('models/invalid-request', {
    message: `\`${member}\` does not fit`,
    details: { member },
  });
}

function isFlag(value: Json | undefined): value is boolean | null | undefined {
  return value === undefined || value === null || typeof value === 'boolean';
}

/** Whether usage is told at the end of a stream; undefined when something else is asked for. */
function readOptions(options: Json | undefined): boolean | undefined {
  if (options === undefined || options === null) return false;
  if (!isJsonObject(options)) return undefined;
  const { include_usage: usage, include_obfuscation: padding, ...others } = options;
  if (Object.keys(others).length > 0 || !isFlag(usage) || !isFlag(padding)) return undefined;
  return usage === true;
}

/** A member that is null says no more than one that is not there. */
function withoutNulls(request: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(request).filter(([, value]) => value !== null));
}
