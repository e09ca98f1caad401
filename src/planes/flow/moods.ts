/** Clauses of somebody's words that ask for nothing to be done. */
const before = String.raw`^[\s"'(]*(?:(?:and|so|also|please|pls|hi|hello|hey|ok|okay|well|then|but|und|also|bitte|et|y|e|en)[\s,!]+)*`;
const behind = String.raw`(?![\p{L}\p{N}])`;
const whoever = String.raw`(?:i|we|he|she|they|it|somebody|someone|anybody|one|you|ich|wir|er|sie|je|nous|il|elle|[\p{L}'’.-]+)`;

const of = (pattern: string): RegExp => new RegExp(pattern, 'u');

/** What wants an answer alone; `could you …` wants a deed. */
const questions = of(
  `${before}(?:what|which|who|whom|whose|where|why|how|is|are|was|were|did|does|has|had|(?:have|do) (?:i|we|you|they|any|the)|(?:can|could|may|might|should|shall|would) (?:i|we|one|he|she|they|somebody|someone|anybody)|when (?:is|are|was|were|did|does|do|will)|was ist|wer|wie viele?|warum|wann|ist|sind|hat|darf|dürfen|qui|quand|pourquoi|combien|est-ce|quién|cuándo|cuánto|por qué|chi|quando|perché|wie|waarom|wanneer)${behind}`,
);
/** `we would pay`, `I already paid`, `she wants to pay`, `once it is paid`. */
const beforeDeed = [
  of(
    String.raw`(?:^|\s)(?:i|we|he|she|they|it|somebody|one|ich|wir|nous|je) (?:would(?! like)|could|might|würden?|könnten?)${behind}`,
  ),
  of(
    String.raw`(?:^|\s)(?:i|we|he|she|they|somebody) (?:already |just )?(?:did|have|had|has|was|were)${behind}(?! to\s)`,
  ),
];
const others = [
  of(
    String.raw`${before}(?!i |we |you )${whoever}(?: \p{L}+)? (?:wants|asks|asked|wished|wishes|plans|planned|hopes|tried|tries|wanted|threatens|intends|promised|will|said|says|wrote|writes)${behind}`,
  ),
  of(String.raw`${before}(?:he|she|they) (?:want|ask|plan|hope|try)${behind}`),
  of(
    String.raw`${before}(?:once|if|when|unless|as soon as|in case|wenn|sobald|falls|quand|cuando|quando|als|zodra)${behind}`,
  ),
];
/** Nothing of the sentence is asked for yet. */
const waiting =
  /(?:wait for my|wait until i|until i (?:say|tell|confirm|approve)|before i (?:say|confirm|approve)|(?:once|when|only if) i (?:say|confirm|approve|tell)|warte auf mein|erst wenn ich|attends mon|espera mi)/u;

/** Who reports what somebody said does not say it. */
const quotes =
  /((?:wrote|writes|write|said|says|say|asked|asks|told \p{L}+|reads|quote|schrieb|schreibt|sagte|a écrit|dit|escribió|dijo|dice|ha scritto|schreef)\s*(?:that|:|,|dass|que|che)?\s*)(?:"[^"\n]*"?|“[^”\n]*”?|„[^“”\n]*[“”]?|«[^»\n]*»?)/gu;

export function isWaiting(line: string): boolean {
  return waiting.test(line);
}

export function withoutQuotes(line: string): string {
  return line.replace(quotes, '$1 ');
}

export function isQuestion(clause: string): boolean {
  return questions.test(clause);
}

/** Of what somebody else wants, and of when something is to be. */
export function isOfOthers(clause: string): boolean {
  return others.some((pattern) => pattern.test(clause));
}

/** Of what was and what might be, by what stands before the deed. */
export function isUnreal(before: string): boolean {
  return beforeDeed.some((pattern) => pattern.test(before));
}

const ends =
  /[,;:()–—]|\s-\s|(?<![\p{L}\p{N}])(?:and|then|but|so|und|dann|aber|et|puis|mais|luego|pero|poi|ma|dan|maar)(?![\p{L}\p{N}])/gu;

/** Clauses of one sentence, in order. */
export function clausesOfLine(line: string): readonly string[] {
  const found: string[] = [];
  let from = 0;
  for (const { 0: end, index } of line.matchAll(ends)) {
    found.push(line.slice(from, index));
    from = index + end.length;
  }
  return [...found, line.slice(from)].map((clause) => clause.trim());
}
