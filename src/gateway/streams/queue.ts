import type { StreamEvent } from '#contracts/streamed.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';

/** Longer texts are parted, so that parts fill windows well; in characters, of 3 bytes at most. */
const longestPart = 8_192;

type Item =
  | { readonly kind: 'text'; readonly lane: string; text: string; bytes: number }
  | { readonly kind: 'fact'; readonly value: JsonObject; readonly bytes: number };

/** What may leave, in order, not yet cut into windows. */
export class WindowQueue {
  #items: Item[] = [];
  /** The last part of each lane since the last fact: texts of two lanes have no order. */
  readonly #last = new Map<string, Extract<Item, { kind: 'text' }>>();
  bytes = 0;

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  text(lane: string, text: string): void {
    for (let at = 0; at < text.length; ) {
      const part = partAt(text, at);
      at += part.length;
      this.#part(lane, part);
    }
  }

  /** False when it is larger than a window. */
  fact(value: JsonObject): boolean {
    const bytes = canonicalBytes(value).length;
    if (bytes > limits.windowBytes) return false;
    this.#last.clear();
    this.#items.push({ kind: 'fact', value, bytes });
    this.bytes += bytes;
    return true;
  }

  /** As much as one window holds; texts of one lane are one event, up to the next fact. */
  cut(): { readonly events: readonly StreamEvent[]; readonly bytes: number } {
    let bytes = 0;
    let count = 0;
    for (const item of this.#items) {
      if (bytes + item.bytes > limits.windowBytes) break;
      bytes += item.bytes;
      count += 1;
    }
    const events = together(this.#items.splice(0, count));
    // What may have left is not added to: whatever comes next begins a part of its own.
    this.#last.clear();
    this.bytes -= bytes;
    return { events, bytes };
  }

  #part(lane: string, text: string): void {
    const bytes = Buffer.byteLength(text);
    this.bytes += bytes;
    const last = this.#last.get(lane);
    if (last !== undefined && last.text.length + text.length <= longestPart) {
      last.text += text;
      last.bytes += bytes;
      return;
    }
    const item = { kind: 'text' as const, lane, text, bytes };
    this.#last.set(lane, item);
    this.#items.push(item);
  }
}

/** Never half a character. */
function partAt(text: string, at: number): string {
  const part = text.slice(at, at + longestPart);
  const code = part.charCodeAt(part.length - 1);
  const isHalf = at + longestPart < text.length && code >= 0xd800 && code <= 0xdbff;
  return isHalf ? part.slice(0, -1) : part;
}

function together(items: readonly Item[]): readonly StreamEvent[] {
  const events: StreamEvent[] = [];
  const places = new Map<string, number>();
  for (const item of items) {
    if (item.kind === 'fact') {
      places.clear();
      events.push({ kind: 'fact', value: item.value });
      continue;
    }
    const place = places.get(item.lane);
    const before = place === undefined ? undefined : events[place];
    if (place === undefined || before?.kind !== 'text') {
      places.set(item.lane, events.length);
      events.push({ kind: 'text', lane: item.lane, text: item.text });
    } else events[place] = { ...before, text: before.text + item.text };
  }
  return events;
}
