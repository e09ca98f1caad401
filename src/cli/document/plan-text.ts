import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { cell, objects, textOf, whole } from '../output.ts';

const marks: Readonly<Record<string, string>> = { tightening: '-', neutral: '=', risky: '!' };

/** A plan in sentences: what is risky first. */
export function planText(plan: Json | undefined): string {
  if (!isJsonObject(plan)) return '';
  const steps = objects(plan['steps']);
  if (steps.length === 0) return 'nothing would change';
  const rank = ['risky', 'tightening', 'neutral'];
  const sorted = steps.toSorted(
    (a, b) => rank.indexOf(textOf(a['judgement'])) - rank.indexOf(textOf(b['judgement'])),
  );
  const count = (of: string) => steps.filter(({ judgement }) => judgement === of).length;
  return [
    ...sorted.flatMap(stepLines),
    '',
    `${steps.length} documents: ${count('risky')} risky (!), ${count('tightening')} that only take away (-), ${count('neutral')} neutral (=)`,
    `plan ${whole(plan['id'])}`,
  ].join('\n');
}

function stepLines(step: JsonObject): readonly string[] {
  const { kind, name, before, after, owner, judgement } = step;
  const what = before === null ? 'new' : after === null ? 'goes' : 'changes';
  const head = `${cell(kind)}/${cell(name)}: ${what}, ${cell(judgement)}`;
  const said = objects(step['findings']).map(
    (one) => `  ${marks[textOf(one['judgement'])] ?? '!'} ${cell(one['sentence'], 1_000)}`,
  );
  const foreign = '  the watched folder owns it: `apply` refuses it, so change it there';
  return [head, ...said, ...(owner === 'folder' ? [foreign] : [])];
}

export function reviewLines(review: JsonObject): readonly string[] {
  const of = `review ${whole(review['id'])}`;
  const names = Array.isArray(review['documents']) ? review['documents'] : [];
  return [
    `${of} waits for somebody else until ${cell(review['until'])}: ${cell(names.join(', '), 1_000)}`,
    `  bailiwick change show ${whole(review['id'])}`,
  ];
}
