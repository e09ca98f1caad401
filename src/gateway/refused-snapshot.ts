import type { JsonObject } from '#kernel/json/value.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { visibleText } from '#kernel/text/index.ts';
import type { RefusedSnapshot } from './configuration.ts';

const mostTold = 5;
const longestTold = 200;

/** Told with each ping and put on record: which Snapshot, and the first of what is wrong with it. */
export function toldOf({ number, digest, problems }: RefusedSnapshot): JsonObject {
  return {
    number,
    digest,
    problems: problems.length,
    first: problems.slice(0, mostTold).map((text) => visibleText(text, { maxLength: longestTold })),
  };
}

export function refusedDraft(
  of: { readonly tenant: string; readonly writer: string },
  refused: RefusedSnapshot,
): RecordDraft {
  return {
    type: 'config.refused',
    tenant: of.tenant,
    actors: [{ kind: 'system', name: of.writer }],
    details: toldOf(refused),
  };
}
