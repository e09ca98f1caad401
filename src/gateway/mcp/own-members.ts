import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';

/** What we say ourselves in a result, written once: from call to call only its record differs. */
export interface OwnMembers {
  readonly names: readonly string[];
  /** Canonical, without the braces around it. */
  readonly text: (recordId: string) => string;
}

/** Stands in the place of a record's id while the text is made; nothing else that we say is like it. */
const mark = '\u0000';
const marked = canonicalText(mark);

export function ownMembers(of: (recordId: string) => JsonObject): OwnMembers {
  const whole = of(mark);
  const [before, after, ...more] = canonicalText(whole).slice(1, -1).split(marked);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new TypeError('a result names its record once');
  }
  return {
    names: Object.keys(whole),
    text: (recordId) => `${before}${canonicalText(recordId)}${after}`,
  };
}
