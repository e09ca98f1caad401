import type { JsonObject } from '#kernel/json/value.ts';
import type { Lane, LaneMark } from './lane.ts';

/** Where what is in order goes. */
export interface Ordered {
  text(lane: string, text: string): void;
  fact(value: JsonObject): void;
}

/** Texts, and the facts that came after them. */
interface Stretch {
  readonly facts: JsonObject[];
  /** Texts that wait for an earlier stretch. */
  readonly texts: Map<string, string>;
  /** So many lanes hold back text that came before the facts. */
  waits: number;
}

interface Waiting {
  readonly stretch: Stretch;
  readonly mark: LaneMark;
}

interface Member {
  readonly lane: Lane;
  /** The stretches that wait for its text, the first one first. */
  readonly waiting: Waiting[];
}

/**
 * Keeps facts behind the text that came before them. INVARIANT: a fact is not told before all text
 * that came earlier, whatever lanes hold back; text that is told later than it came stays before
 * the fact that it came before.
 */
export class StreamOrder {
  readonly #members = new Map<Lane, Member>();
  readonly #stretches: Stretch[] = [newStretch()];
  readonly #into: Ordered;

  constructor(into: Ordered) {
    this.#into = into;
  }

  text(lane: Lane, text: string): void {
    this.#place(this.#member(lane), lane.push(text));
  }

  fact(value: JsonObject): void {
    const last = this.#last();
    // Behind a fact that waits, without text between them, there is nothing more to wait for.
    for (const member of this.#members.values()) if (member.lane.holds) this.#await(member, last);
    last.facts.push(value);
    this.#advance();
  }

  /** The stream is complete: nothing waits any more. */
  flush(): void {
    for (const member of this.#members.values()) {
      this.#place(member, member.lane.flush());
    }
  }

  #member(lane: Lane): Member {
    let member = this.#members.get(lane);
    if (member === undefined) {
      member = { lane, waiting: [] };
      this.#members.set(lane, member);
    }
    return member;
  }

  #last(): Stretch {
    return this.#stretches.at(-1) ?? newStretch();
  }

  #await(member: Member, stretch: Stretch): void {
    const before = member.waiting.at(-1);
    const mark = member.lane.mark();
    // Nothing came since: who waits for the earlier one waits for this as well.
    if (before !== undefined && before.mark.given === mark.given) return;
    member.waiting.push({ stretch, mark });
    stretch.waits += 1;
  }

  /** To the first stretch that waits for this lane, or to the one that is being filled. */
  #place(member: Member, text: string): void {
    const first = member.waiting[0];
    let stretch = first?.stretch ?? this.#last();
    if (first === undefined && stretch.facts.length > 0) {
      stretch = newStretch();
      this.#stretches.push(stretch);
    }
    const { name } = member.lane;
    if (text !== '') stretch.texts.set(name, (stretch.texts.get(name) ?? '') + text);
    let passed = 0;
    for (const { stretch: waiting, mark } of member.waiting) {
      if (!member.lane.hasPassed(mark)) break;
      waiting.waits -= 1;
      passed += 1;
    }
    // At once: a stream may have made very many.
    member.waiting.splice(0, passed);
    this.#advance();
  }

  #advance(): void {
    let done = 0;
    for (const stretch of this.#stretches) {
      for (const [lane, text] of stretch.texts) this.#into.text(lane, text);
      stretch.texts.clear();
      if (stretch.waits > 0) break;
      for (const fact of stretch.facts.splice(0)) this.#into.fact(fact);
      done += 1;
    }
    this.#stretches.splice(0, Math.min(done, this.#stretches.length - 1));
  }
}

function newStretch(): Stretch {
  return { facts: [], texts: new Map(), waits: 0 };
}
