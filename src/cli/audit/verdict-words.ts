import type { PrunedPrefix } from '#tlog/index.ts';
import type { ExplainedHoles } from './gap-claims.ts';

export function explainedText(explained: ExplainedHoles | undefined): string {
  if (explained === undefined) return '';
  const { numbers, places } = explained;
  return `; ${numbers} numbers at ${places} places are of records that were refused, as \`log.gap\` says`;
}

export function prunedText(pruned: PrunedPrefix | undefined): string {
  return pruned === undefined ? '' : `; pruned up to ${pruned.to} by record ${pruned.record}`;
}
