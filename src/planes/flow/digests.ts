import { randomFillSync } from 'node:crypto';
import { blank, classes, inWord, is } from './letters.ts';

const space = 32;

// INVARIANT: nobody outside this process knows them, so nobody can make two texts that count as one.
const [highSeed = 1, lowSeed = 2] = randomFillSync(new Int32Array(2));

/** 64 bits that stand for a text, made letter by letter and without anything that is thrown away afterwards. */
export class Digest {
  high = 0;
  low = 0;

  begin(): this {
    this.high = highSeed;
    this.low = lowSeed;
    return this;
  }

  add(letter: number): void {
    const high = Math.imul(this.high ^ letter, 0x85_eb_ca_6b);
    this.high = high ^ (high >>> 15);
    const low = Math.imul(this.low ^ letter, 0xc2_b2_ae_35);
    this.low = low ^ (low >>> 13);
  }

  /** As a table has them: without blanks around them, and with one where several are. False: there is none. */
  addLetters(text: string, from: number, to: number, letters: Uint8Array): boolean {
    let said = false;
    let between = false;
    for (let at = from; at < to; at += 1) {
      if (is(text, at, blank)) {
        between = said;
        continue;
      }
      if (between) this.add(space);
      this.add(letters[text.charCodeAt(at)] ?? 0);
      said = true;
      between = false;
    }
    return said;
  }

  /**
   * The same of a run without blanks, from beginning to end. True: all of it are letters of a word. Nearly all that strangers
   * write is read by this loop: it holds its two halves outside the object.
   */
  ofRun(text: string, from: number, to: number, letters: Uint8Array): boolean {
    let [high, low] = [highSeed, lowSeed];
    let common = inWord;
    for (let at = from; at < to; at += 1) {
      const code = text.charCodeAt(at);
      const letter = letters[code] ?? 0;
      common &= classes[code] ?? 0;
      high = Math.imul(high ^ letter, 0x85_eb_ca_6b);
      high ^= high >>> 15;
      low = Math.imul(low ^ letter, 0xc2_b2_ae_35);
      low ^= low >>> 13;
    }
    this.high = high;
    this.low = low;
    this.end();
    return common !== 0;
  }

  end(): this {
    // Each half takes the other in: neither is the digest of the text by itself.
    const high = Math.imul(this.high ^ (this.low >>> 16), 0x27_d4_eb_2f);
    const low = Math.imul(this.low ^ (high >>> 15), 0x16_56_67_b1);
    // Kept as signed numbers, which need no box.
    this.high = high ^ (low >>> 14);
    this.low = low ^ (low >>> 16);
    return this;
  }

  like({ high, low }: Digest): this {
    this.high = high;
    this.low = low;
    return this;
  }

  of(text: string): this {
    this.begin();
    for (let at = 0; at < text.length; at += 1) this.add(text.charCodeAt(at));
    return this.end();
  }
}

const none = new Int32Array(0);

/** What stands for each digest, a number from 1: twelve bytes a place, in three arrays that the collector never walks. */
export class DigestTable {
  #highs = none;
  #lows = none;
  #values = none;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#values.length * 12;
  }

  /** 0: not there. */
  get(digest: Digest): number {
    return this.#size === 0 ? 0 : (this.#values[this.#placeOf(digest.high, digest.low)] ?? 0);
  }

  set({ high, low }: Digest, value: number): void {
    if (this.#size * 4 >= this.#values.length * 3) this.#grow();
    const at = this.#placeOf(high, low);
    if (this.#values[at] === 0) this.#size += 1;
    this.#put(at, high, low, value);
  }

  #put(at: number, high: number, low: number, value: number): void {
    this.#highs[at] = high;
    this.#lows[at] = low;
    this.#values[at] = value;
  }

  /** Where it stands, or would. INVARIANT: there is always an empty place. */
  #placeOf(high: number, low: number): number {
    const last = this.#values.length - 1;
    let at = low & last;
    while (this.#values[at] !== 0 && (this.#lows[at] !== low || this.#highs[at] !== high)) {
      at = (at + 1) & last;
    }
    return at;
  }

  #grow(): void {
    const [highs, lows, values] = [this.#highs, this.#lows, this.#values];
    const room = Math.max(64, values.length * 2);
    this.#highs = new Int32Array(room);
    this.#lows = new Int32Array(room);
    this.#values = new Int32Array(room);
    for (const [from, value] of values.entries()) {
      if (value === 0) continue;
      const [high = 0, low = 0] = [highs[from], lows[from]];
      this.#put(this.#placeOf(high, low), high, low, value);
    }
  }
}
