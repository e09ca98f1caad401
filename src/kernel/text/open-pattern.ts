/**
 * Texts that come in pieces: may what stands at the end still become, or go on as, a match? Made
 * from a pattern of our own: literals, classes, groups, alternatives, bounded repetition, a look
 * behind in front and negative looks ahead. Anything else is refused when the pattern is read.
 */
type Node =
  | { readonly kind: 'one'; readonly source: string }
  | { readonly kind: 'look'; readonly source: string }
  | { readonly kind: 'row'; readonly items: readonly Node[] }
  | { readonly kind: 'either'; readonly ways: readonly Node[] }
  | { readonly kind: 'many'; readonly of: Node; readonly least: number; readonly most: number };

/**
 * Sticky: matches at a place exactly when the text from there to its end is the beginning of a
 * match, or a whole match that ends with the text. INVARIANT: where it does not match, no text that
 * follows changes whether and how far `pattern` matches there.
 */
export function openPattern(pattern: RegExp): RegExp {
  const node = read(pattern);
  return new RegExp(`${openOf(node)}|${sourceOf(node)}$`, pattern.ignoreCase ? 'iy' : 'y');
}

/**
 * The same without whole matches: for a pattern that ends in no repetition and no look, so that a
 * whole match does not depend on what follows.
 */
export function begunPattern(pattern: RegExp): RegExp {
  return new RegExp(openOf(read(pattern)), pattern.ignoreCase ? 'iy' : 'y');
}

function read(pattern: RegExp): Node {
  const reader = new Reader(pattern.source);
  const node = reader.ways();
  if (reader.next !== undefined) throw new TypeError(`not a pattern of ours: ${pattern.source}`);
  return node;
}

/** What matches a beginning that is not yet the whole, up to the end of the text. */
function openOf(node: Node): string {
  switch (node.kind) {
    case 'one':
      return '$';
    case 'look':
      return '(?!)';
    case 'either':
      return `(?:${node.ways.map(openOf).join('|')})`;
    case 'many':
      return `${sourceOf(node.of)}{0,${node.most - 1}}${openOf(node.of)}`;
    case 'row':
      return openRow(node.items);
  }
}

/** It ends inside the first, or the first is whole and it ends inside the rest. */
function openRow([first, ...rest]: readonly Node[]): string {
  if (first === undefined) return '(?!)';
  if (rest.length === 0) return openOf(first);
  const through = `${sourceOf(first)}${openRow(rest)}`;
  return first.kind === 'look' ? through : `(?:${openOf(first)}|${through})`;
}

function sourceOf(node: Node): string {
  switch (node.kind) {
    case 'one':
    case 'look':
      return node.source;
    case 'either':
      return `(?:${node.ways.map(sourceOf).join('|')})`;
    case 'many':
      return `${sourceOf(node.of)}{${node.least},${node.most}}`;
    case 'row':
      return node.items.map(sourceOf).join('');
  }
}

class Reader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  get next(): string | undefined {
    return this.#source[this.#at];
  }

  ways(): Node {
    const ways = [this.#row()];
    while (this.#took('|')) ways.push(this.#row());
    return { kind: 'either', ways };
  }

  #row(): Node {
    const items: Node[] = [];
    while (this.next !== undefined && this.next !== '|' && this.next !== ')') {
      items.push(this.#item());
    }
    return { kind: 'row', items };
  }

  #item(): Node {
    const of = this.#one();
    const most = /(?:\{(\d+)(?:,(\d+))?\}|\?)/y;
    most.lastIndex = this.#at;
    const match = most.exec(this.#source);
    if (match === null) return of;
    this.#at += match[0].length;
    if (match[0] === '?') return { kind: 'many', of, least: 0, most: 1 };
    const least = Number(match[1]);
    return { kind: 'many', of, least, most: Number(match[2] ?? least) };
  }

  #one(): Node {
    const look = this.#took('(?!') ? '(?!' : this.#lookBehind();
    if (look !== undefined) return { kind: 'look', source: `${look}${this.#upToClose()}` };
    if (this.#took('(?:') || this.#took('(')) {
      const inside = this.ways();
      if (!this.#took(')')) throw new TypeError(`not a pattern of ours: ${this.#source}`);
      return inside;
    }
    const simple =
      /\[(?:[^\]\\]|\\.)+\]|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\[^\dbBkpPux]|[^\\[\](){}*+?.^$|]/y;
    simple.lastIndex = this.#at;
    const match = simple.exec(this.#source);
    if (match === null) throw new TypeError(`not a pattern of ours: ${this.#source}`);
    this.#at += match[0].length;
    return { kind: 'one', source: match[0] };
  }

  #lookBehind(): string | undefined {
    return ['(?<!', '(?<='].find((open) => this.#took(open));
  }

  /** The rest of a look, its own groups included. */
  #upToClose(): string {
    const from = this.#at;
    for (let depth = 1; depth > 0; ) {
      const match = /\[(?:[^\]\\]|\\.)+\]|\\.|[^\\[]/y;
      match.lastIndex = this.#at;
      const found = match.exec(this.#source)?.[0];
      if (found === undefined) throw new TypeError(`not a pattern of ours: ${this.#source}`);
      if (found === '(') depth += 1;
      if (found === ')') depth -= 1;
      this.#at += found.length;
    }
    return this.#source.slice(from, this.#at);
  }

  #took(literal: string): boolean {
    if (!this.#source.startsWith(literal, this.#at)) return false;
    this.#at += literal.length;
    return true;
  }
}
