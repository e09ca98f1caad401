import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type Finding, finding } from './finding.ts';
import { among, descriptionOf, setOf, textOf, wordsOf } from './words.ts';

const writing = setOf(`
  add append apply approve archive assign buy cancel change charge clear click close commit copy create
  delete deploy destroy disable drag drop edit empty enable erase exec execute fill grant import insert
  install invoke kill lock mark merge modify move patch pay press publish purge push put post refund
  register reject remove rename replace reset restart restore revoke run save schedule send set start
  stop store submit transfer trigger truncate type uninstall unlock unregister update upload wipe write
`);

const reading = setOf(`
  browse check count describe diff download explain export fetch find get has inspect is list look lookup
  peek preview query read retrieve search show stat summarize summarise tail validate verify view
`);

/**
 * What says that a tool writes: its name, what its server hints at, or the first word of what it says
 * of itself. INVARIANT: this only ever refuses; that nothing is found proves nothing.
 */
export function signOfWriting(definition: JsonObject): Finding | undefined {
  const { annotations } = definition;
  if (isJsonObject(annotations)) {
    if (annotations['destructiveHint'] === true) return hinted('destructiveHint is true');
    if (annotations['readOnlyHint'] === false) return hinted('readOnlyHint is false');
  }
  const words = wordsOf(textOf(definition, 'name'));
  const [first = ''] = words;
  // `get_last_commit` reads, whatever its noun is.
  const named = reading.has(first) ? [] : among(words, writing);
  if (named.length > 0) return finding('writes', 'minor', 'its name says that it writes', named);
  const [said = ''] = wordsOf(descriptionOf(definition));
  const verb = [said, ...stems(said)].find((one) => writing.has(one));
  if (verb === undefined) return undefined;
  return finding('writes', 'minor', 'its description begins with a word that writes', [said]);
}

/** Whether a name says that it only reads. */
export function saysItReads(definition: JsonObject): boolean {
  const [first = ''] = wordsOf(textOf(definition, 'name'));
  const [said = ''] = wordsOf(descriptionOf(definition));
  return [first, said, ...stems(said)].some((one) => reading.has(one));
}

function hinted(what: string): Finding {
  return finding('writes', 'minor', `its server says that it writes (${what})`, [what]);
}

/** Deletes, copies, pushes. */
function stems(word: string): readonly string[] {
  if (!word.endsWith('s')) return [];
  return [word.slice(0, -1), word.replace(/es$/, ''), word.replace(/ies$/, 'y')];
}
