import type { Json, JsonObject } from '#kernel/json/value.ts';
import { cell, facts, objects } from '../output.ts';

/** What its task did before, and what people said to the like of it. INVARIANT: others wrote it, so all of it goes through `cell`. */
export function besideText({ story, similar }: JsonObject): string {
  const steps = objects(story).map((one): [string, Json] => [
    'before',
    `${cell(one['at'])} ${cell(one['target'], 100)}: ${cell(one['became'])}${brought(one['brought'])}`,
  ]);
  const others = objects(similar).map((one): [string, Json] => [
    cell(one['verdict']),
    `${cell(one['at'])} by ${cell(one['by'])} for ${cell(one['agent'])}: ${cell(one['reason'], 200)}`,
  ]);
  const first: [string, Json][] = story === null ? [['before', 'not known now']] : [];
  return facts([...first, ...steps, ...others]);
}

function brought(labels: Json | undefined): string {
  return Array.isArray(labels) && labels.length > 0 ? `, brought ${cell(labels)}` : '';
}
