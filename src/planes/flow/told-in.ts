import type { SinkKind } from '#kernel/tool.ts';
import type { Asked } from './asked.ts';
import { numbersOf } from './computed.ts';
import type { Thing } from './leaves.ts';
import { singular } from './roles.ts';
import { nounsOf } from './selectors.ts';
import type { Place, Source } from './source.ts';
import { serverOf } from './task-index.ts';
import { exact, wordsIn } from './text-forms.ts';
import type { SinkValue } from './values.ts';
import { says, type Said } from './words.ts';
import { isReadBack, knowsOwn } from './written.ts';

const set = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/));

/** Words by which people speak of a value of a kind that stands somewhere, in seven languages. */
const spokenOf: Partial<Record<SinkKind, ReadonlySet<string>>> = {
  recipient: set(
    `address addresses contact contacts email adresse adressen kontakt contacto dirección direcciones direccion correo indirizzo contatto adres
    contato endereço everybody everyone whoever`,
  ),
  account: set(
    'account iban konto kontonummer bankverbindung compte rib cuenta conto rekening rekeningnummer conta',
  ),
  url: set(
    'link links url urls page pages site website web image address seite bild lien enlace página immagine pagina afbeelding',
  ),
  date: set('day date tag datum termin jour fecha día giorno data dag dia slot deadline'),
  amount: set(
    `amount sum total number quantity many much price fee betrag summe anzahl viele preis montant somme nombre autant prix importe cantidad
    suma tantos tantas precio importo quantità prezzo bedrag aantal prijs valor quantia preço`,
  ),
};

const tellers = set(
  `gives gave give proposes proposed propose names named wrote writes write says said asks ask asked mentions mentioned wants suggests states stated stands lists
  sent sends told tells mail email message inbox letter thread ticket issue invoice bill request log logs file document note page channel report form card chat answer reply order
  contract paper post nennt vorschlägt schreibt schrieb sagt steht stehen nachricht brief rechnung anfrage datei propose écrit dit donne demande lettre message facture fichier
  propone escribe dice da pide mensaje factura carta archivo scrive fattura lettera noemt schrijft zegt staat bericht rekening brief diz escreve mensagem fatura`,
);

/** By words for such a value and for what tells it. */
export function isPointing(said: Said, value: SinkValue): boolean {
  if (!speaksOf(said, value)) return false;
  for (const word of said.words) if (tellers.has(word)) return true;
  return /[#@]\p{L}/u.test(said.text);
}

/** Whether the words speak of such a value, by its kind or by the name of its argument: `the address`, `the image`. */
function speaksOf({ words }: Said, { kind, argument }: SinkValue): boolean {
  const kinds = spokenOf[kind];
  if (kinds === undefined) return false;
  for (const word of words) if (kinds.has(word)) return true;
  const own = nounsOf(argument.slice(argument.lastIndexOf('.') + 1)).map(singular);
  return own.some((noun) => noun.length >= 4 && (words.has(noun) || words.has(`${noun}s`)));
}

/** Who says how much, or which day, points at no other. */
function saysOne(said: Said, { kind }: SinkValue): boolean {
  if (kind === 'date') return [...said.values].some((key) => key.startsWith('date '));
  return kind === 'amount' && numbersOf(said).some((one) => one !== 1 && !isNumberOf(said, one));
}

/** `ticket 5150`: behind a word, with nothing between. */
function isNumberOf({ text }: Said, number: number): boolean {
  const before = new RegExp(
    String.raw`(?<![\p{L}\p{N}])(?:ticket|issue|request|order|invoice|case|number|no|nr|#|thread|mail|message)\s*[#.]?\s?${number}(?![\p{N}%])`,
    'u',
  );
  return before.test(text);
}

const rivals: Partial<Record<SinkKind, readonly string[]>> = {
  recipient: ['recipient', 'digits'],
  account: ['iban', 'digits'],
  url: ['url'],
  amount: ['number'],
  date: ['date'],
};
/** Of these what a server asserts could be meant as well. */
const addresses: ReadonlySet<SinkKind> = new Set(['recipient', 'account', 'url']);
const mostResults = 64;

/**
 * The words speak of such a value and of the thing that tells it (`the day that ann@corp.example proposes`, `the image in the log of api`), and
 * nothing else of its kind stands there. INVARIANT: a number or a day that the user named already is not the one that they point at.
 */
export function isToldIn(
  asked: Asked,
  value: SinkValue,
  places: readonly Place[],
): boolean | 'several' {
  const { words, isWanted } = asked;
  if (!isWanted || asked.question.missing === true || !knowsOwn(asked)) return false;
  if (!isPointing(words.wanted, value) || saysOne(words.wanted, value)) return false;
  let several = false;
  for (const place of places) {
    if (!asked.work.spend()) return false;
    const found = mayTell(value, place) ? toldBeside(asked, value, place) : undefined;
    if (found === undefined || isReadBack(asked, value, place.source)) continue;
    if (found.size === 1) return true;
    several = true;
  }
  return several && 'several';
}

function mayTell({ keys }: SinkValue, { asserted, form, source }: Place): boolean {
  if (asserted || form !== 'verbatim' || source.isCut) return false;
  return !keys.some((key) => source.echoed.has(key));
}

/** All of its kind in what the words point at; undefined where they do not point there. */
function toldBeside(asked: Asked, value: SinkValue, place: Place): ReadonlySet<string> | undefined {
  return isSpokenOf(asked, place.source)
    ? told(asked, value, place.source, undefined)
    : toldByThing(asked, value, place);
}

function toldByThing(
  asked: Asked,
  value: SinkValue,
  place: Place,
): ReadonlySet<string> | undefined {
  const described = asked.work.describedBy(place);
  return described && told(asked, value, place.source, described);
}

/** All of its kind in that source, or in what is described like that thing, whichever results tell it. Undefined: not known. */
function told(
  asked: Asked,
  value: SinkValue,
  source: Source,
  thing: Thing | undefined,
): ReadonlySet<string> | undefined {
  const found = new Set<string>();
  let left = mostResults;
  for (const kept of asked.index.all()) {
    if (serverOf(kept.target) !== serverOf(source.target)) continue;
    const other = asked.work.open(kept);
    left -= 1;
    if (other === undefined || left < 0 || other.isCut) return undefined;
    if (thing === undefined && !isAlsoOf(source, other)) continue;
    for (const key of candidatesOf(asked, value, other, thing !== undefined)) found.add(key);
  }
  return found;
}

/** Read of the same: by whichever call, and whichever page of it. */
function isAlsoOf(source: Source, other: Source): boolean {
  if (other === source) return true;
  const own = choosing(source).map(({ text }) => exact(text));
  return choosing(other).some(({ text }) => own.includes(exact(text)));
}

/** What of its arguments says which one it is, and not how much of it is read. */
function choosing({ chosenBy }: Source): Source['chosenBy'] {
  return chosenBy.filter(({ nouns }) => !nouns.some((noun) => limits.has(noun)));
}

function* candidatesOf(
  { work, words }: Asked,
  { kind }: SinkValue,
  source: Source,
  ofThings: boolean,
): Generator<string> {
  for (const name of rivals[kind] ?? []) {
    for (const key of source.candidates.get(name) ?? []) {
      if (words.wanted.values.has(key)) continue;
      const all = source.places.get(key) ?? [];
      const counts = all.some((place) => {
        if (place.asserted && !addresses.has(kind) && isOfTheRecord(kind, place)) return false;
        return !ofThings || work.describedBy(place) !== undefined;
      });
      if (counts) yield key;
    }
  }
}

const recorded = set(
  'id ids received sent created opened updated at on posted time timestamp modified',
);

/** When it came, and its number: what its server notes down of each, whatever it says. */
function isOfTheRecord(kind: SinkKind, { path, isId }: Place): boolean {
  if (kind === 'amount') return true;
  return isId || nounsOf(path.slice(path.lastIndexOf('.') + 1)).some((noun) => recorded.has(noun));
}

/** Arguments that say how much of it is read. */
const limits = set('limit last first max page size count offset top days lines cursor sort order');

/** By what chose it, beside a word for what it is: `the log of api`, `#supplies`. */
export function isSpokenOf({ work, words }: Asked, source: Source): boolean {
  if (work.isSourceNamed(source)) return true;
  const chosen = choosing(source);
  if (chosen.length === 0 || chosen.length > 4) return false;
  const tool = nounsOf(source.target.slice(source.target.indexOf('/') + 1)).map(singular);
  return chosen.every(({ text, nouns }) => {
    if (!work.spend(1 + Math.ceil(words.wanted.text.length / 64))) return false;
    if (/^[#@]./u.test(text)) return says(words.wanted, text);
    return isBeside(words.wanted, text, new Set([...tool, ...nouns.map(singular)]));
  });
}

/** `log of api`, `the api log`, `api's log`: with no other word between than small ones. */
function isBeside({ text }: Said, name: string, nouns: ReadonlySet<string>): boolean {
  const wanted = [...wordsIn(exact(name))];
  if (wanted.length === 0 || wanted.length > 8) return false;
  const words = text.match(/[\p{L}\p{N}]+/gu) ?? [];
  for (let at = 0; at + wanted.length <= words.length; at += 1) {
    if (!wanted.every((word, n) => words[at + n] === word)) continue;
    const before = words.slice(Math.max(0, at - 3), at);
    const after = words.slice(at + wanted.length, at + wanted.length + 2);
    if (
      nouns.has(singular(after[0] ?? '')) ||
      (after[0] === 's' && nouns.has(singular(after[1] ?? '')))
    )
      return true;
    const noun = before.findLast((word) => !between.has(word));
    if (noun !== undefined && nouns.has(singular(noun))) return true;
  }
  return false;
}

const between = set(
  'of for from the a an in on called named von vom der des für de du del della van do da',
);
