import { isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import { commasIn, type Measure } from './size.ts';
import { endOfBeginning } from './text-cut.ts';

/** Less of a text than this is not begun at the end of a page. */
const leastBegun = 1_024;

interface Told {
  readonly blocks: readonly Json[];
  readonly bytes: number;
}

interface Part {
  readonly block: Json;
  readonly bytes: number;
}

/** What there is of the next block. */
interface Next {
  readonly block: Json;
  /** Of what is left of it. */
  bytes: number;
  /** Set when it is a text that can be cut. */
  readonly cut: { readonly whole: JsonObject; readonly text: string; frame: number } | undefined;
}

export interface BlockBounds {
  readonly measure: Measure;
  /** What stands beside a text is said again with each part of it: a block with more is not cut. */
  readonly mostFrameBytes: number;
}

/** The blocks of a result that no page has told yet. Each is measured once, and each letter. */
export class Blocks {
  readonly #blocks: readonly Json[];
  readonly #bounds: BlockBounds;
  #at = 0;
  /** So many letters of the next one are told already. */
  #letters = 0;
  #next: Next | undefined;

  constructor(blocks: readonly Json[], bounds: BlockBounds) {
    this.#blocks = blocks;
    this.#bounds = bounds;
  }

  get areLeft(): boolean {
    return this.#at < this.#blocks.length;
  }

  /** `must`: at least one is told, or something of it. */
  next(room: number, most: number, must: boolean): Told {
    const told: Json[] = [];
    let bytes = 0;
    while (this.areLeft && told.length < most) {
      const left = room - bytes - commasIn(told.length + 1);
      const part = this.#part(left, must && told.length === 0);
      if (part === undefined) break;
      told.push(part.block);
      bytes += part.bytes;
      if (this.#letters > 0) break;
    }
    return { blocks: told, bytes: bytes + commasIn(told.length) };
  }

  /** What fits of the next one; all of it where it cannot be cut and must be told. */
  #part(room: number, isForced: boolean): Part | undefined {
    this.#next ??= this.#measured();
    const { block, bytes, cut } = this.#next;
    if (bytes <= room) return this.#passed(cut === undefined ? block : this.#rest(cut), bytes);
    if (cut === undefined || cut.frame > this.#bounds.mostFrameBytes) {
      return isForced ? this.#passed(block, bytes) : undefined;
    }
    const space = room - cut.frame;
    if (space < leastBegun && !isForced) return undefined;
    return this.#begun(this.#next, cut, Math.max(space, leastBegun));
  }

  #begun(next: Next, cut: NonNullable<Next['cut']>, space: number): Part {
    const { measure } = this.#bounds;
    const from = this.#letters;
    const end = endOfBeginning(cut.text, from, { bytes: space, measure });
    if (end === cut.text.length) return this.#passed(this.#rest(cut), next.bytes);
    const bytes = measure.letters(cut.text, from, end);
    this.#letters = end;
    next.bytes -= bytes;
    const block = { ...cut.whole, text: cut.text.slice(from, end) };
    return { block, bytes: cut.frame + bytes };
  }

  #rest({ whole, text }: NonNullable<Next['cut']>): Json {
    return this.#letters === 0 ? whole : { ...whole, text: text.slice(this.#letters) };
  }

  #passed(block: Json, bytes: number): Part {
    this.#at += 1;
    this.#letters = 0;
    this.#next = undefined;
    return { block, bytes };
  }

  #measured(): Next {
    const { measure } = this.#bounds;
    const block = this.#blocks[this.#at] ?? null;
    const text = isJsonObject(block) && block['type'] === 'text' ? block['text'] : undefined;
    if (!isJsonObject(block) || typeof text !== 'string') {
      return { block, bytes: measure.of(block), cut: undefined };
    }
    const frame = measure.of({ ...block, text: '' });
    const bytes = frame + measure.letters(text, 0, text.length);
    return { block, bytes, cut: { whole: block, text, frame } };
  }
}
