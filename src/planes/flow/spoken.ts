import { mostWordChars, mostWords, type SpokenWords } from '#contracts/spoken-words.ts';
import { exact, wordsIn } from './text-forms.ts';
import { keysOfText } from './values.ts';
import { type Clausal, clausesIn, joined, type UserWords } from './words.ts';

/**
 * What a user said at several times, the oldest first. Later words widen by what they say; a later no takes away what was
 * wanted before. INVARIANT: of more than is kept nothing is known, since what is left out may be a no.
 */
export function readSpoken(
  said: readonly Pick<SpokenWords, 'way' | 'record' | 'words' | 'grants'>[],
): UserWords | undefined {
  const chars = said.reduce((sum, { words }) => sum + words.length, 0);
  if (said.length > mostWords || chars > mostWordChars) return undefined;
  let all: readonly Clausal[] = [];
  for (const { way, record, words, grants } of said) {
    const read = clausesIn(words);
    const clauses = grants === false ? { ...read, wanted: [] } : read;
    all = [...all.map((one) => narrowed(one, read.unwanted, words)), { way, record, clauses }];
  }
  return all.length === 0 ? undefined : joined(all);
}

/** INVARIANT: a wanted clause that a later no may be about grants nothing any more, the whole of it. */
function narrowed(one: Clausal, noes: readonly string[], later: string): Clausal {
  const { wanted, unwanted } = one.clauses;
  const isOver = later.trim() === '' || takesAllBack.test(later) || noes.some(saysNothing);
  const no = new Set(isOver ? [] : noes.flatMap(namedIn));
  const isAway = (clause: string) => isOver || namedIn(clause).some((word) => no.has(word));
  const away = wanted.filter(isAway);
  if (away.length === 0) return one;
  const clauses = {
    ...one.clauses,
    wanted: wanted.filter((clause) => !away.includes(clause)),
    unwanted: [...unwanted, ...away],
  };
  return { ...one, clauses };
}

/** Values by their forms, and words that say something. */
function namedIn(clause: string): readonly string[] {
  const words = [...wordsIn(exact(clause))].filter((word) => !small.has(word));
  return [...keysOfText(clause), ...words];
}

/** `Don't do it`: about whatever was said before. */
function saysNothing(clause: string): boolean {
  return namedIn(clause).length === 0;
}

const takesAllBack =
  /^\s*(?:(?:no|oh|ok|okay|sorry|wait)[\s,.!]+)*(?:stop|halt|wait|hold on|never mind|nevermind|forget (?:it|that|about)|scratch that|cancel (?:it|that|this|everything)|undo|stopp|vergiss|warte|abbrechen|oublie|arr[êe]te|attends|olv[ií]dalo|olvida|espera|detente)(?![\p{L}\p{N}])/iu;

/** Words that name nothing. INVARIANT: one that is missing here only takes more away. */
const small: ReadonlySet<string> = new Set(
  `a an the this that these those it its i you we they he she me my us our your his her them their to of in on at by
  for from with and or but so if as is are be was were been am do does did done don doesn didn won can could will would
  shall should must may might not no never nor nothing nobody none any anything anyone anybody ever t s ll re ve m please just also
  then now yet still there here what which who all at dont cannot cant wont
  der die das den dem des ein eine einen einem einer und oder zu zum zur an auf es ich mir du wir ihr sie er nicht nichts kein keine
  keinen nie niemals bitte doch mehr jetzt auch
  le la les un une du de des et ou à au aux en ne pas jamais rien ce cela ça je tu nous vous plus s'il plait n
  el los las una unos y o al del lo no nunca nada eso esto yo tu por favor más se`.split(/\s+/),
);
