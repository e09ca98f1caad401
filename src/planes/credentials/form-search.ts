import type { Span } from './reading.ts';

/** Where characters of one reading stand in the text as it came. */
export interface Places {
  readonly from: (index: number) => number;
  readonly to: (index: number) => number;
}

/**
 * One form of a lent value, looked for in a text that goes on. What it keeps of the text is how
 * much of the form stood at its end, so that nothing is read twice.
 */
export class FormSearch {
  readonly #form: string;
  /** Of each beginning of the form, the longest shorter one that it ends in. */
  readonly #shorter: Uint16Array;
  /** Where the characters of the form stand that stood at the end. */
  #begun: readonly number[] = [];

  constructor(form: string, shorter: Uint16Array = shorterOf(form)) {
    this.#form = form;
    this.#shorter = shorter;
  }

  copy(): FormSearch {
    const copy = new FormSearch(this.#form, this.#shorter);
    copy.#begun = this.#begun;
    return copy;
  }

  /** From where text has to wait, and how much of the form stands there. */
  get begun(): { readonly from: number; readonly size: number } | undefined {
    const [from] = this.#begun;
    return from === undefined ? undefined : { from, size: this.#begun.length };
  }

  push(text: string, places: Places, found: (span: Span) => void): void {
    const before = this.#begun;
    const seen = before.length === 0 ? text : this.#form.slice(0, before.length) + text;
    const from = (index: number): number => before[index] ?? places.from(index - before.length);
    let done = 0;
    for (let at = seen.indexOf(this.#form); at >= 0; at = seen.indexOf(this.#form, done)) {
      done = at + this.#form.length;
      found({ from: from(at), to: places.to(done - 1 - before.length) });
    }
    const size = this.#endsIn(seen, done);
    this.#begun =
      size === 0 ? none : Array.from({ length: size }, (_, at) => from(seen.length - size + at));
  }

  /** How many characters of the form stand at the end. */
  #endsIn(text: string, done: number): number {
    const form = this.#form;
    let size = 0;
    for (let at = Math.max(done, text.length - form.length + 1); at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      while (size > 0 && form.charCodeAt(size) !== code) size = this.#shorter[size - 1] ?? 0;
      if (form.charCodeAt(size) === code) size += 1;
    }
    return size;
  }
}

const none: readonly number[] = [];

function shorterOf(form: string): Uint16Array {
  const shorter = new Uint16Array(form.length);
  let size = 0;
  for (let at = 1; at < form.length; at += 1) {
    const code = form.charCodeAt(at);
    while (size > 0 && form.charCodeAt(size) !== code) size = shorter[size - 1] ?? 0;
    if (form.charCodeAt(size) === code) size += 1;
    shorter[at] = size;
  }
  return shorter;
}
