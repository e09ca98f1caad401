/** Letters, digits, `_` and `-`: what base64url is written in. */
function isWordCode(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code === 45
  );
}

interface Run {
  readonly from: number;
  readonly to: number;
}

/** The three parts of a token, and one more. */
const remembered = 4;

/**
 * Ends of runs of base64url in one text. Remembers the last few, so that a text full of beginnings
 * inside one long run is still read once.
 */
export class RunEnds {
  readonly #text: string;
  readonly #last: Run[] = [];
  /** Characters looked at, for the test that the work stays linear. */
  steps = 0;

  constructor(text: string) {
    this.#text = text;
  }

  endOf(at: number): number {
    for (const { from, to } of this.#last) if (at >= from && at < to) return to;
    let to = at;
    while (to < this.#text.length && isWordCode(this.#text.charCodeAt(to))) to += 1;
    this.steps += to - at + 1;
    if (this.#last.length === remembered) this.#last.shift();
    this.#last.push({ from: at, to });
    return to;
  }
}
