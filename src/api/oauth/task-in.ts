import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';

export interface AskedTask {
  readonly scope: JsonObject | undefined;
  readonly intent: string | undefined;
}

const taskType = 'bailiwick_task';

/** RFC 9396: one detail of type `bailiwick_task`, with what the task is for and what it may touch. */
export function taskIn(details: string | undefined): AskedTask {
  if (details === undefined) return { scope: undefined, intent: undefined };
  const list = jsonIn(details);
  const [task] = Array.isArray(list) && list.length === 1 ? list : [];
  if (!isJsonObject(task) || task['type'] !== taskType) throw invalid();
  const { type: _type, intent, ...scope } = task;
  if (intent !== undefined && (typeof intent !== 'string' || intent.trim() === '')) throw invalid();
  return { scope: Object.keys(scope).length === 0 ? undefined : scope, intent };
}

function jsonIn(text: string): Json | undefined {
  try {
    return parseJson(Buffer.from(text));
  } catch {
    return undefined;
  }
}

function invalid(): BailiwickError {
  return new BailiwickError('identity/invalid-exchange', {
    message: `\`authorization_details\` must be a list of one object of type \`${taskType}\``,
  });
}
