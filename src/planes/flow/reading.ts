import { flowBounds } from './bounds.ts';
import { copiesOf } from './copies.ts';
import { decodings } from './decoded.ts';
import { Digest } from './digests.ts';
import { Effort, stepsOf } from './effort.ts';
import { fieldsOf } from './fields.ts';
import type { Filter } from './filter.ts';
import { contentOf } from './leaves.ts';
import { eachValue, type Given } from './scan.ts';
import type { Told } from './source.ts';
import { digestExact, StrangerText } from './strangers.ts';
import { piecesIn } from './text-forms.ts';
import { keysOfText } from './values.ts';

/** Whether so much may still be kept. */
export type HasRoom = () => boolean;

/**
 * What one result brings into the filter of its task, in one pass. INVARIANT: all that `Source` would find in it, or it is
 * said to be cut.
 */
export class Reading {
  readonly #filter: Filter;
  readonly #number: number;
  readonly #hasRoom: HasRoom;
  readonly #effort = new Effort(flowBounds.effort);
  readonly #digest = new Digest();
  readonly #strangers: StrangerText;

  constructor(filter: Filter, number: number, hasRoom: HasRoom) {
    this.#filter = filter;
    this.#number = number;
    this.#hasRoom = hasRoom;
    this.#strangers = new StrangerText(this.#digest, {
      strange: () => this.#strange(),
      encoded: (piece) => this.#encoded(piece),
    });
  }

  /** False: something of it is not known. */
  readWhole({ flow, untrusted, result }: Told): boolean {
    const { data, texts } = contentOf(result);
    const fields = flow === undefined || !untrusted ? undefined : fieldsOf(flow);
    const own = (value: Given, asserted: boolean) => this.#value(value, asserted || !untrusted);
    const isWhole = eachValue(data, fields, own);
    const isCopy = isWhole ? copiesOf(data) : () => false;
    const free = (value: Given) => isCopy(value) || this.#value(value, !untrusted);
    return eachValue(texts, undefined, free) && isWhole && !this.#effort.isSpent;
  }

  #value(value: Given, asserted: boolean): boolean {
    if (typeof value === 'boolean') return true;
    const text = String(value);
    if (!this.#effort.spend(text.length)) return false;
    if (text.length <= flowBounds.wholeChars) {
      digestExact(this.#digest, text);
      if (!this.#place()) return false;
    }
    if (!this.#keys(text)) return false;
    if (asserted) return true;
    return typeof value === 'number' ? this.#strangers.one(text) : this.#strangers.read(text);
  }

  readonly #mayLook = (): boolean => this.#effort.spend(stepsOf.find);

  #keys(text: string): boolean {
    for (const key of keysOfText(text, this.#mayLook)) {
      this.#digest.of(key);
      if (!this.#place()) return false;
    }
    return true;
  }

  #encoded(piece: string): boolean {
    if (!this.#effort.spend(stepsOf.decode + 2 * piece.length)) return false;
    for (const text of decodings(piece)) {
      if (!this.#keys(text)) return false;
      for (const inner of piecesIn(text)) if (!this.#strangers.one(inner)) return false;
    }
    return true;
  }

  #place(): boolean {
    if (!this.#effort.spend(stepsOf.look)) return false;
    if (!this.#filter.hasPlace(this.#digest)) {
      if (!this.#hasRoom() || !this.#effort.spend(stepsOf.keep)) return false;
    }
    this.#filter.addPlace(this.#digest, this.#number);
    return true;
  }

  #strange(): boolean {
    if (!this.#effort.spend(stepsOf.word)) return false;
    if (this.#filter.hasStrange(this.#digest)) return true;
    if (!this.#hasRoom() || !this.#effort.spend(stepsOf.keepWord)) return false;
    this.#filter.addStrange(this.#digest, this.#number);
    return true;
  }
}
