import { isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import { cell, objects, table, textOf, whole } from '../output.ts';

const title = 'Said later, by whom it says; what is above was recorded without it:';

/**
 * Annotations under what they are about, whole. INVARIANT: they are never among the records, and text of
 * theirs reaches the terminal only through the one renderer.
 */
export function laterWords(answer: JsonObject): string[] {
  const { annotations, annotationsCut } = answer;
  if (annotations === null) {
    return ['', 'what was said later is not known: the index of the records cannot be asked'];
  }
  const told = objects(annotations);
  if (told.length === 0) return [];
  const rows = told.map(wordsRow);
  const cut = annotationsCut === true ? [cutText] : [];
  return ['', title, table(['TIME', 'WHO', 'ABOUT', 'STATE', 'NOTE', 'ANNOTATION'], rows), ...cut];
}

export const cutText = 'more was said later than is told: `audit query action:log.annotated`';

function wordsRow({ record, annotates, withdrawnBy }: JsonObject): string[] {
  const { time, actors, details, id } = record as JsonObject;
  const said = isJsonObject(details) ? details : {};
  const { kind, id: about } = annotates as JsonObject;
  return [
    cell(time),
    objects(actors)
      .map((actor) => cell(actor['person'] ?? actor['name'], 40))
      .join(' > '),
    `${cell(kind)} ${cell(about, 128)}`,
    stateOf(withdrawnBy, said),
    whole(said['note']),
    cell(id),
  ];
}

function stateOf(withdrawnBy: Json | undefined, { withdraws }: JsonObject): string {
  if (withdrawnBy !== undefined) return `withdrawn by ${cell(withdrawnBy)}`;
  return withdraws === true ? 'withdraws' : '-';
}

/** As a line among lines of records: what it is about says that it is none of those that were asked for. */
export function asLine(one: JsonObject): JsonObject {
  const { annotates = {}, origin = '', index = 0, record = {}, withdrawnBy } = one;
  const said = { annotates, index, origin, record };
  return withdrawnBy === undefined ? said : { ...said, withdrawnBy };
}

/** Where it stands, which is told of nothing else. */
export function placeOf({ origin, index }: JsonObject): string {
  return `${textOf(origin)}#${cell(index)}`;
}
