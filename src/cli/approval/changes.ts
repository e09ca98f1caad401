import type { Json } from '#kernel/json/value.ts';
import { cell, objects } from '../output.ts';

/** What would stand otherwise than its task was told last, value beside value. */
export function changes(before: Json | undefined): [string, string][] {
  return objects(before).map((one): [string, string] => {
    const was = one['was'] === null ? `(not told: ${cell(one['untold'])})` : cell(one['was'], 200);
    const read = `as ${cell(one['from'])} told it at ${cell(one['at'])}`;
    return [
      'changes',
      `${cell(one['argument'], 60)}: ${was} -> ${cell(one['becomes'], 200)}, ${read}`,
    ];
  });
}
