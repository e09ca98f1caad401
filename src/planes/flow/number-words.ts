import { numberForm, numbersIn } from './quantities.ts';

/** Words of numbers, in English, German, French, Spanish, Italian, Dutch and Portuguese. */
const lines = `
1 one ein eins eine einen un une uno una een um uma
2 two zwei deux dos twee dois duas
3 three drei trois tres tre drie três
4 four vier quatre cuatro quattro quatro
5 five fünf cinq cinco cinque vijf
6 six sechs seis zes
7 seven sieben sept siete sette zeven sete
8 eight acht huit ocho otto oito
9 nine neun neuf nueve nove negen
10 ten zehn dix diez dieci tien dez
11 eleven elf onze undici
12 twelve zwölf douze doce dodici twaalf doze dozen dutzend douzaine docena dozzina dozijn dúzia
13 thirteen dreizehn treize trece tredici dertien treze
14 fourteen vierzehn quatorze catorce quattordici veertien catorze
15 fifteen fünfzehn quinze quince quindici vijftien
16 sixteen sechzehn seize dieciséis sedici zestien dezesseis dezasseis
17 seventeen siebzehn diecisiete diciassette zeventien dezessete dezassete
18 eighteen achtzehn dieciocho diciotto achttien dezoito
19 nineteen neunzehn diecinueve diciannove negentien dezenove dezanove
20 twenty zwanzig vingt vingts veinte venti twintig vinte
30 thirty dreißig dreissig trente treinta trenta dertig trinta
40 forty vierzig quarante cuarenta quaranta veertig quarenta
50 fifty fünfzig cinquante cincuenta cinquanta vijftig cinquenta
60 sixty sechzig soixante sesenta sessanta zestig sessenta
70 seventy siebzig septante setenta settanta zeventig
80 eighty achtzig huitante ochenta ottanta tachtig oitenta
90 ninety neunzig nonante noventa novanta negentig
100 hundred hundert cent cents cien ciento cento honderd cem
200 doscientos doscientas duzentos
300 trescientos trescientas trezentos
400 cuatrocientos cuatrocientas quatrocentos
500 quinientos quinientas quinhentos
600 seiscientos seiscientas seiscentos
700 setecientos setecientas setecentos
800 ochocientos ochocientas oitocentos
900 novecientos novecientas novecentos
1000 thousand tausend mille mil mila duizend
1000000 million millionen millions millón millones milione milioni miljoen milhão milhões
`;
const valueOf = new Map(
  lines
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [value = '', ...words] = line.split(' ');
      return words.map((word) => [word, Number(value)] as const);
    }),
);
/** Only within longer words: by themselves they mean something else in another language. */
const inside = new Map([
  ...valueOf,
  ['due', 2],
  ['sei', 6],
  ['und', 0],
  ['en', 0],
  ['ën', 0],
] as const);
const joins = new Set(['and', 'und', 'et', 'y', 'e', 'en', '-']);
const multiples = new Map([
  ['k', 1_000],
  ['mio', 1_000_000],
]);

/** `zwölfhundert`, `duecentocinquanta`, `vijfentwintig`: what it is put together of. */
function partsOf(word: string): readonly number[] | undefined {
  const whole = valueOf.get(word);
  if (whole !== undefined) return [whole];
  if (word.length < 7 || word.length > 48) return undefined;
  const parts: number[] = [];
  for (let at = 0; at < word.length; ) {
    let length = Math.min(12, word.length - at);
    while (length > 1 && !inside.has(word.slice(at, at + length))) length -= 1;
    const value = inside.get(word.slice(at, at + length));
    if (value === undefined) return undefined;
    parts.push(value);
    at += length;
  }
  return parts;
}

class Sum {
  #total = 0;
  #now = 0;
  count = 0;

  add(value: number): void {
    this.count += 1;
    if (value >= 1_000) {
      this.#total += (this.#now === 0 ? 1 : this.#now) * value;
      this.#now = 0;
    } else if (value === 100) this.#now = (this.#now === 0 ? 1 : this.#now) * 100;
    // `quatre-vingt`.
    else if (value === 20 && this.#now % 100 === 4) this.#now += 76;
    else this.#now += value;
  }

  get value(): number {
    return this.#total + this.#now;
  }
}

/** Every number that a text says in words, or with a word of its size: `twelve hundred`, `5 thousand`, `2k`. */
export function* spelledNumbersIn(text: string): Generator<string> {
  const tokens = text.toLowerCase().match(/\d[\d.,']*\d|\d|\p{L}+|[^\s]/gu) ?? [];
  for (let at = 0; at < tokens.length; ) {
    const [run, next] = runAt(tokens, at);
    if (run !== undefined) for (const one of run) yield one;
    at = next;
  }
}

function runAt(tokens: readonly string[], from: number): [readonly string[] | undefined, number] {
  const first = tokens[from] ?? '';
  const sum = new Sum();
  let at = from;
  if (/^\d/.test(first)) {
    const times = sizeOf(tokens[from + 1] ?? '');
    // `50 cent` is no hundred.
    if (times === undefined) return [undefined, from + (partsOf(tokens[from + 1] ?? '') ? 2 : 1)];
    const all = [...numbersIn(first)].map((one) => numberForm(rounded(Number(one) * times)));
    return [all, from + 2];
  }
  for (let end = at; end < tokens.length; ) {
    const parts = partsOf(tokens[end] ?? '');
    if (parts !== undefined) {
      for (const part of parts) sum.add(part);
      end += 1;
      at = end;
    } else if (sum.count > 0 && joins.has(tokens[end] ?? '')) end += 1;
    else break;
  }
  return sum.count === 0 ? [undefined, from + 1] : [[numberForm(sum.value)], at];
}

function sizeOf(word: string): number | undefined {
  const known = multiples.get(word) ?? valueOf.get(word);
  return known !== undefined && (known >= 1_000 || word === 'hundred' || word === 'hundert')
    ? known
    : undefined;
}

export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
