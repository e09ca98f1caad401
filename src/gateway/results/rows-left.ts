import { emptyObject, type JsonObject } from '#kernel/json/index.ts';
import type { Rows } from './rows.ts';
import type { Measure } from './size.ts';

const noRows: Rows = { items: [], with: () => emptyObject() };

/** The rows of a result that no page has told yet. Each is measured once. */
export class RowsLeft {
  readonly #rows: Rows;
  readonly #measure: Measure;
  readonly #frameBytes: number;
  #at = 0;
  /** Of the next row, where it was measured for a page that had no room for it. */
  #nextBytes: number | undefined;

  constructor(rows: Rows | undefined, measure: Measure) {
    this.#rows = rows ?? noRows;
    this.#measure = measure;
    this.#frameBytes = measure.of(this.#rows.with([]));
  }

  get areLeft(): boolean {
    return this.#at < this.#rows.items.length;
  }

  next(
    room: number,
    most: number,
  ): { readonly value: JsonObject; readonly bytes: number } | undefined {
    if (!this.areLeft) return undefined;
    const { items } = this.#rows;
    const from = this.#at;
    let bytes = this.#frameBytes;
    while (this.#at < items.length && this.#at - from < most) {
      const comma = this.#at > from ? 1 : 0;
      this.#nextBytes ??= this.#measure.of(items[this.#at] ?? null);
      if (bytes + comma + this.#nextBytes > room && this.#at > from) break;
      bytes += comma + this.#nextBytes;
      this.#nextBytes = undefined;
      this.#at += 1;
    }
    return { value: this.#rows.with(items.slice(from, this.#at)), bytes };
  }
}
