/**
 * How much a sentence reads as if it told an agent what to do: a sum of what it is made of, each found by words that are
 * written down here. INVARIANT: a signal, never a gate: whoever writes to agents words it otherwise, and people write to
 * each other in the same words. Linear, bounded.
 */
export interface SpokenTo {
  /** Sentences, with the one before them, that reach the bound. */
  readonly times: number;
  /** Of the one that reads most like it. */
  readonly most: number;
}

const mostSentences = 2_000;
const mostSentence = 400;
const bound = 3;

/** Beginnings of words in English, German, French, Spanish, Italian and Portuguese. */
const words = {
  undo: /\b(?:ignor|disregard|forget|overrid|bypass|vergiss|missacht|oubli|olvid|omit|dimentic|esque[cç])/i,
  rules:
    /\b(?:instruction|prompt|guideline|previous|prior\b|above\b|system\b|rules?\b|anweisung|vorgabe|bisherig|obig|consigne|précédent|instruccion|anterior|regla|istruzion|precedent|instruç)/i,
  agent:
    /\b(?:ai\b|llm|language model|assistant|agents?\b|chatbot|copilot|ki-|ki\b|assistent|asistente|assistente)/i,
  new: /\b(?:you are now|your (?:new|real|actual) (?:task|goal|role)|new instruction|from now on|deine neue aufgabe|ta nouvelle tâche|tu nueva tarea)/i,
  secret:
    /\b(?:without (?:asking|telling|confirm|notify|inform|mention)|(?:do not|don.t|never|no need to) (?:tell|mention|inform|notify|ask|reveal|show|confirm)|ohne (?:nach|rück|zu fragen|bestätig)|sans (?:demander|confirm|en parler|informer)|sin (?:preguntar|avisar|confirmar|informar)|senza (?:chied|conferm|avvis)|sem (?:perguntar|avisar|confirmar))/i,
  orders:
    /^\W{0,8}(?:(?:please|now|then|first|also|bitte|veuillez|por favor|per favore)\W{1,3})?(?:send|forward|transfer|pay|wire|delete|remove|upload|post|share|email|mail|call|invoke|execute|run|reply|add|grant|change|update|book|cancel|approve|sende|leite|überweise|lösche|envoie|transf[eé]re|supprime|env[ií]a|borra|invia|cancella|envie|apague)\b/i,
  goes: /[\w.+-]{1,64}@[\w-]{1,64}\.|https?:\/\/|\b[A-Z]{2}\d{2}[ \dA-Z]{10,30}\b|\b[a-z]+_[a-z]+\b/,
  haste:
    /\b(?:immediately|urgent|at once|right away|important|critical|before you (?:continue|proceed|answer|reply)|sofort|dringend|wichtig|immédiatement|urgente|subito)/i,
  reads:
    /\b(?:when|if|before|after|while|once) (?:you|the assistant|an ai|any (?:agent|assistant|ai)) (?:read|process|summar|see|open|handle|answer)/i,
} as const;

type Part = keyof typeof words;

const weights: Readonly<Record<Part, number>> = {
  undo: 1.5,
  rules: 1,
  agent: 1,
  new: 2,
  secret: 1.75,
  orders: 1,
  goes: 0.75,
  haste: 0.5,
  reads: 1.5,
};
const parts = Object.keys(words) as readonly Part[];

export function spokenTo(text: string): SpokenTo {
  let [times, most] = [0, 0];
  let before = new Set<Part>();
  let left = mostSentences;
  for (const sentence of sentencesOf(text)) {
    left -= 1;
    if (left < 0) break;
    const here = new Set(parts.filter((part) => words[part].test(sentence)));
    // What is said in two sentences is one: each part counts once.
    const score = scoreOf(new Set([...here, ...before]));
    most = Math.max(most, score);
    if (score >= bound && here.size > 0) times += 1;
    before = here;
  }
  return { times, most };
}

function scoreOf(found: ReadonlySet<Part>): number {
  // To pass something over, or an order, is said to people every day.
  if (found.size < 2) return 0;
  let sum = 0;
  for (const part of found) sum += weights[part];
  return sum;
}

function* sentencesOf(text: string): Generator<string> {
  let from = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const isEnd = at === text.length || endsAt(text, at) || at - from >= mostSentence;
    if (!isEnd) continue;
    if (at - from > 3) yield text.slice(from, at);
    from = at + 1;
  }
}

/** A point within an address or a number ends nothing. */
function endsAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code === 10 || code === 33 || code === 63) return true;
  return code === 46 && /\s/.test(text[at + 1] ?? ' ');
}
