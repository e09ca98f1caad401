import { isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import { cell, objects, table, textOf, whole } from '../output.ts';

const title = 'Said later, by whom it says; what is above was recorded without it:';

/**
 * Annotations under what they are about, whole. INVARIANT: they are never among the records, and text of
 * theirs reaches the terminal only through the one renderer.
 */
export function laterWords(answer: JsonObject): string[] {
  const { annotations, annotationsCut, pending } = answer;
  const unknown =
    annotations === null
      ? ['', 'what was said later is not known: the index of the records cannot be asked']
      : [];
  const rows = [...objects(annotations ?? []).map(wordsRow), ...objects(pending).map(pendingRow)];
  if (rows.length === 0) return unknown;
  const cut = annotationsCut === true ? [cutText] : [];
  const header = ['TIME', 'WHO', 'ABOUT', 'STATE', 'NOTE', 'ANNOTATION'];
  return [...unknown, '', title, table(header, rows), ...cut];
}

/** It is on disk and will be in the signed log within a minute; until then nobody can prove it. */
function pendingRow({ id, time, by, annotates, note, withdraws }: JsonObject): string[] {
  const { kind, id: about } = annotates as JsonObject;
  const state = withdraws === true ? 'withdraws, not yet signed' : 'not yet signed';
  const whom = `${cell(kind)} ${cell(about, 128)}`;
  return [cell(time), cell(by, 40), whom, state, whole(note), cell(id)];
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
    wordsOf(said['note']),
    cell(id),
  ];
}

/** Of somebody who was erased the record says so, and which one. */
function wordsOf(note: Json | undefined): string {
  const erased = note !== undefined && isJsonObject(note) ? note['erased'] : undefined;
  return erased === undefined ? whole(note) : `erased by ${cell(erased)}`;
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
