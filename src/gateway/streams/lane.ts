import type { LaneScrubber } from '#planes/credentials/index.ts';
import type { LaneScanner } from '#planes/semantic/index.ts';

/** How much had been given to a lane at one moment. */
export interface LaneMark {
  readonly given: number;
  /** Of what the scanner was given, once the scrubber has told all of it. */
  scanned: number | undefined;
}

/**
 * One text of a stream, on its way in. INVARIANT: lent values are taken out first, then what looks
 * like a secret, as from a whole result.
 */
export class Lane {
  readonly name: string;
  readonly #scrubber: LaneScrubber;
  readonly #scanner: LaneScanner;
  /** Half a character, as a piece may end. */
  #half = '';

  constructor(name: string, scrubber: LaneScrubber, scanner: LaneScanner) {
    this.name = name;
    this.#scrubber = scrubber;
    this.#scanner = scanner;
  }

  get redactions(): number {
    return this.#scrubber.hits + this.#scanner.redactions;
  }

  get holds(): boolean {
    return this.#half !== '' || this.#scrubber.held > 0 || this.#scanner.held > 0;
  }

  push(text: string): string {
    const given = this.#half + text;
    const end = isHighHalf(given.charCodeAt(given.length - 1)) ? given.length - 1 : given.length;
    this.#half = given.slice(end);
    return this.#scanner.push(this.#scrubber.push(given.slice(0, end).toWellFormed()));
  }

  flush(): string {
    const last = this.#scrubber.push(this.#half.toWellFormed()) + this.#scrubber.flush();
    this.#half = '';
    return this.#scanner.push(last) + this.#scanner.flush();
  }

  mark(): LaneMark {
    const given = this.#scrubber.given + this.#half.length;
    const isScrubbed = this.#half === '' && this.#scrubber.held === 0;
    return { given, scanned: isScrubbed ? this.#scanner.given : undefined };
  }

  /** Was all told that had been given by then? */
  hasPassed(mark: LaneMark): boolean {
    if (this.#scrubber.given - this.#scrubber.held < mark.given) return false;
    mark.scanned ??= this.#scanner.given;
    return this.#scanner.given - this.#scanner.held >= mark.scanned;
  }
}

function isHighHalf(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
