import { type Asked, isWhole } from './asked.ts';
import { pathParts } from './paths.ts';
import { isStrange, isWithin } from './search.ts';
import { nounsOf } from './selectors.ts';
import { skeleton } from './text-forms.ts';
import type { SinkValue } from './values.ts';
import { type Said, says } from './words.ts';

const free: ReadonlySet<SinkValue['kind']> = new Set(['path', 'date', 'flag']);

/**
 * The agent's own choice of what is no address: not where a stranger could have chosen it. INVARIANT: a setting and a day are chosen by who speaks of
 * them: what stands in no text may be hinted at in one (`two days after the museum`).
 */
export function isItsOwn(asked: Asked, value: SinkValue): boolean {
  const { question, index, words, work } = asked;
  const isKnown = value.isUnnamed === true || isWhole(question, index);
  if (!free.has(value.kind) || !isKnown) return false;
  if (value.kind === 'flag' && /^(?:true|false)$/.test(value.text)) return isSwitch(asked, value);
  if (!work.spend(1 + Math.ceil(words.wanted.text.length / 8))) return false;
  if (value.isUnnamed !== true && !isSpokenAbout(words.wanted, value)) return false;
  if (value.keys.some((key) => index.placesOf(key).length > 0)) return false;
  const parts = value.kind === 'path' ? pathParts(value.text) : [value.text];
  return parts.every((part) => {
    if (part !== value.text && says(words.wanted, part)) return true;
    return !isStrange({ work, index }, part) && !isWithin({ index, work }, part);
  });
}

/** What is switched on has to be spoken of; what is off, or is in no document, by nobody else. */
function isSwitch({ index, words }: Asked, value: SinkValue): boolean {
  const about = nounsOf(value.argument.slice(value.argument.lastIndexOf('.') + 1));
  if (about.some((word) => words.wanted.words.has(word))) return true;
  if (value.text === 'true' && value.isUnnamed !== true) return false;
  return !about.some((word) => index.strangeOf(skeleton(word)) !== undefined);
}

function isSpokenAbout(wanted: Said, { kind, text }: SinkValue): boolean {
  if (kind === 'date') return relative.test(wanted.text);
  return kind !== 'flag' || isWordOf(wanted, text.toLowerCase());
}

/** `closed` of who says `close it`. */
function isWordOf({ words }: Said, text: string): boolean {
  for (const word of words) {
    const least = Math.max(4, Math.min(word.length, text.length) - 2);
    if (word.length >= 4 && text.slice(0, least) === word.slice(0, least)) return true;
  }
  return false;
}

/** Words of time by which a day is meant that is not said. */
const relative = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?:${`
  today|tomorrow|tonight|now|asap|immediately|soon|later|earlier|next|coming|this (?:week|month|morning|afternoon|evening)|weekend|weekly|daily|morning|noon
  (?:mon|tues|wednes|thurs|fri|satur|sun)days?|mon|tue|wed|thu|fri|sat|days?|weeks?|months?|years?|hours?|new year|end of|beginning of|christmas|easter|quarter
  january|february|march|april|june|july|august|september|october|november|december
  heute|morgen|übermorgen|sofort|jetzt|nächste[nrsm]?|kommende[nrsm]?|wochenende|mittag|(?:mon|diens|donners|frei|sams|sonn)tags?|mittwochs?|tage?n?|wochen?|monate?n?|jahre?n?
  aujourd['’]hui|demain|maintenant|prochaine?|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|jours?|semaines?|mois
  hoy|mañana|ahora|próxim[oa]|lunes|martes|miércoles|jueves|viernes|sábado|domingo|días?|semanas?|mes|meses
  oggi|domani|adesso|prossim[oa]|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|giorn[oi]|settiman[ae]|mesi
  vandaag|volgende|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|dagen|weken|maanden|hoje|amanhã|segunda|terça|quarta|quinta|sexta|dias?
`
    .trim()
    .split(/\s*\n\s*/)
    .join('|')})(?![\p{L}\p{N}])`,
  'u',
);
