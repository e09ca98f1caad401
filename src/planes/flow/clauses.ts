/**
 * Clauses that say yes and clauses that say no, by words of English, German, French and Spanish. INVARIANT: a clause with a word
 * that may be a no grants nothing, also in other languages; nor does a sentence of which no word is known.
 */
export interface Clauses {
  readonly wanted: readonly string[];
  readonly unwanted: readonly string[];
  /** What stands behind each no. */
  readonly behind: readonly string[];
}

/** Of words, each whole. */
function wholeWords(words: string): string {
  return `(?<![\\p{L}\\p{N}])(?:${words
    .trim()
    .split(/\s*\n\s*|\s*\|\s*/)
    .join('|')})(?![\\p{L}\\p{N}])`;
}

const noes = wholeWords(`
  not|never|no|nothing|nobody|noone|nowhere|none|without|neither|nor|avoid|except|excepting|excluding|exclude|omit
  dont|doesnt|didnt|isnt|wont|cannot|cant|mustnt|shouldnt|ignore|refuse|refrain|forbid|forbidden|unless
  other than|apart from|aside from|rather than|instead of|leave out|keep .{1,40}? out|anything but|anyone but
  nicht|nichts|kein|keine|keinen|keinem|keiner|keines|keinesfalls|keineswegs|nie|niemals|niemand|niemanden|niemandem
  nirgends|nirgendwo|weder|ohne|außer|ausser|ausgenommen|bis auf|statt|anstatt|anstelle|vermeide|vermeiden|unterlasse
  (?:is|are|was) (?:away|off|out of office|on leave|on holiday|on vacation|unavailable)|ist im urlaub
  verboten|untersagt|lass .{1,40}? weg
  ne|pas|jamais|rien|(?<!(?:la|une|cette|chaque) )personne|aucun|aucune|ni|non|sans|sauf|hormis|excepté|évite|évitez|éviter|plutôt que|au lieu de
  interdit|interdite|non
  nunca|jamás|nada|nadie|ningún|ninguno|ninguna|tampoco|sin|salvo|excepto|menos|evita|evite|evitar|en vez de
  en lugar de|prohibido|prohibida
  niet|niets|niemand|nergens|geen|nooit|zonder|behalve|in plaats van|senza|nulla|eccetto|invece di|nem|em vez de|tranne|nessuno|nessuna|niente|não|nao|sem|exceto|nenhum|nenhuma|ninguém
  ikke|inte|icke|aldrig|ingen|inget|uten|utan|undtagen|utom|ei|ilman|nikdy|nigdy|bez|oprócz|nem|soha|fără|değil|hayır
`);
const negators = new RegExp(
  `${noes}|n['’]t(?![\\p{L}\\p{N}])|(?<![\\p{L}\\p{N}])n['’](?=\\p{L})`,
  'u',
);

/** `nobody but`, `not to anybody but`: what follows is said beside the no. */
const exceptive = new RegExp(
  `${wholeWords('nobody|noone|no one|none|nothing|nowhere|anybody|anyone|anything|anywhere|any|all|everybody|everyone|everything|niemand(?:en|em)?|nichts|kein(?:e[mnrs]?)?|personne|rien|aucune?|nadie|nada|ning[uú]n[oa]?')}[^,]{0,24}$`,
  'u',
);
const turns = new RegExp(
  wholeWords('but|instead|rather|sondern|stattdessen|aber|mais|sino|pero|plutôt|en cambio'),
  'gu',
);

/** Said with a no, and meant with a yes. */
const idioms =
  /(?<![\p{L}\p{N}])(?:(?:do not|don['’]t|never) (?:forget|hesitate)|not only|no (?:later|more|less|fewer) than|no matter|no problem|nicht nur|nicht vergessen|n['’]oublie[zs]? pas de?|no olvides|más o menos|al menos|ni siquiera)(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])no\.? ?#?(?=\d)/giu;

/** What stands before a no with one of these belongs to it: `Bob must not`. */
const modals = {
  english: 'do|does|did|must|should|may|might|shall|can|could|will|would',
  others:
    'darf|dürfen|soll|sollen|sollte|bekommt|bekommen|kriegt|doit|doivent|peut|debe|deben|puede|pueden',
};
const carriesNo = new RegExp(
  `(?:${wholeWords(modals.english)}|${wholeWords(modals.others)}(?:\\s+\\p{L}+){0,3})\\s*$`,
  'u',
);
/** `Send nothing`: what is done to nothing is not to be done. */
const isObject =
  /^(?:nothing|nobody|none|nichts|niemanden?|niets|niemand|rien|nada|nadie|niente|nulla|nessuno|ninguém)$/u;
const isVerbAlone =
  /(?:^|[,;:]|(?:and|und|et|y|e|en|but)\s)\s*(?:(?:please|bitte|but)\s+)?\p{L}+\s*$/u;
/** `Bob is on leave`: who is not there is not meant. */
const isAbsence = /^(?:is|are|was|ist) /u;
const clauseEnd = new RegExp(
  `[,;:()–—]|\\s-\\s|${wholeWords('and|or|but|then|und|oder|aber|sondern|dann|et|ou|mais|puis|y|o|pero|sino|luego|please|bitte')}`,
  'gu',
);

/** `9. Mai` ends no sentence. */
const dayOfMonth =
  /(?<!\d)(\d{1,2})\.(?=\s+(?:jan|feb|mär|apr|mai|jun|jul|aug|sep|okt|nov|dez)\p{L}*)/giu;

const sentenceEnd = /[.!?;。！？](?=\s|$)|[。！？\n\r]/gu;

export function clausesOf(text: string): Clauses {
  const found = { wanted: [] as string[], unwanted: [] as string[], behind: [] as string[] };
  for (const sentence of sentencesOf(text.replace(idioms, ' ').replace(dayOfMonth, '$1'))) {
    // Lower case keeps the length of nearly every text; where it does not, nothing is granted.
    const lower = sentence.toLowerCase();
    if (lower.length !== sentence.length || isForeign(lower)) found.unwanted.push(sentence);
    else partClauses(sentence, lower, found);
  }
  return found;
}

function sentencesOf(text: string): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  for (const { index } of text.matchAll(sentenceEnd)) {
    parts.push(text.slice(from, index));
    from = index + 1;
  }
  parts.push(text.slice(from));
  return parts;
}

/** From a no to the end of its sentence, or to a turn such as `but`, nothing is wanted. */
function partClauses(
  sentence: string,
  lower: string,
  { wanted, unwanted, behind }: Record<'wanted' | 'unwanted' | 'behind', string[]>,
): void {
  let from = 0;
  while (from < sentence.length) {
    const no = negators.exec(lower.slice(from));
    if (no === null) break;
    const start = from + no.index;
    const end = endOfNo(lower, start, start + no[0].length);
    const begins = from + beginOfNo(lower.slice(from, start), no[0]);
    wanted.push(sentence.slice(from, begins));
    unwanted.push(sentence.slice(begins, end));
    behind.push(sentence.slice(start, end));
    from = end;
  }
  wanted.push(sentence.slice(from));
}

function endOfNo(lower: string, no: number, from: number): number {
  for (const { 0: turn, index } of lower.slice(from).matchAll(turns)) {
    if (!exceptive.test(lower.slice(no, from + index).trimEnd())) return from + index + turn.length;
  }
  return lower.length;
}

/** Where the clause of a no begins: at the no itself, or before what it is said of. */
function beginOfNo(before: string, no: string): number {
  const isOfNothing = isObject.test(no) && isVerbAlone.test(before);
  if (!isOfNothing && !isAbsence.test(no) && !carriesNo.test(before)) return before.length;
  let begins = 0;
  for (const { 0: end, index } of before.matchAll(clauseEnd)) begins = index + end.length;
  return begins;
}

/** A clause behind its no. */
export function withoutNo(lower: string): string {
  return lower.replace(negators, ' ');
}

const known = new RegExp(
  wholeWords(`
  the|a|an|to|of|and|or|in|on|at|for|from|with|by|is|are|it|this|that|these|my|me|i|you|your|we|our|us|all|as|what|who|please|if
  him|her|his|them|their|into|about|then|new|be|was|has|have
  over|off|out|up|down|so|now|just|he|she|they|its|did|had|got|also|more|took|plus|as well
  but|only|until|than|because|when|where|which|not|do|does|can|will|would|should|must|there|here|each|every|both|some|any
  send|pay|reply|answer|delete|open|read|book|schedule|post|tell|write|save|create|update|close|cancel|refund|transfer|share
  invite|forward|check|find|show|get|make|set|add|remove|move|change|give|archive|order|buy|look|list|summari[sz]e
  der|die|das|den|dem|des|ein|eine|einen|einem|einer|und|oder|zu|zum|zur|an|auf|aus|bei|für|mit|von|vom|im|ist|sind|es|ich|mir
  mich|mein|meine|meinen|meinem|meiner|wir|uns|unser|bitte|wie|was|wer|ihm|ihr|ihnen|alle|dann|diese|dieser|dieses
  le|la|les|un|une|du|de|et|ou|à|au|aux|en|dans|pour|par|avec|sur|est|sont|ce|cette|ces|mon|ma|mes|moi|je|nous|notre|nos|vous|qui|que
  el|los|las|una|unos|y|o|al|del|con|por|para|es|son|este|esta|mi|mis|yo|su|sus|lo|que|todos|todas`),
  'u',
);
const words = /[\p{L}\p{N}][\p{L}\p{N}'’.@/_-]*/gu;

/** So long, and not one of the small words that no sentence of the four languages is without. */
function isForeign(lower: string): boolean {
  const all = lower.match(words) ?? [];
  const letters = all.filter((word) => /^\p{L}+$/u.test(word));
  const others = letters.filter((word) => /[^\p{Script=Latin}]/u.test(word)).length;
  if (others * 2 > letters.length) return true;
  return letters.length >= 6 && !known.test(lower);
}
