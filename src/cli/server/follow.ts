import type { Json, JsonObject } from '#kernel/json/value.ts';
import { objects, textOf } from '../output.ts';

/** By process of a server, the number of the last line that was shown. */
export type SeenLines = Map<string, number>;

/**
 * Of each gateway what was not shown yet, by where it stands: a process that ended, another that prints at
 * the same time, or a gateway that begins anew changes nothing about the lines of the others.
 */
export function freshLines(answer: JsonObject, seen: SeenLines): JsonObject[] {
  return objects(answer['gateways']).map(({ gateway, lines, places }) => {
    const all = listOf(lines);
    const fresh = listOf(places).flatMap((place, at): Json[] => {
      const [, process = '', number = '0'] = /^(.*):(\d+)$/.exec(textOf(place)) ?? [];
      const before = seen.get(process);
      if (before !== undefined && Number(number) <= before) return [];
      seen.set(process, Number(number));
      const missed = before === undefined ? 0 : Number(number) - before - 1;
      const line = all[at] ?? '';
      return missed > 0 ? [`… ${missed} lines are not kept any more`, line] : [line];
    });
    return { gateway: gateway ?? '', lines: fresh };
  });
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}
