import { canonicalText } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import { visibleText } from '#kernel/text/index.ts';

/** What a change does to what is allowed. INVARIANT: whatever nobody knows to be less is `risky`. */
export type Judgement = 'tightening' | 'neutral' | 'risky';

export interface Finding {
  readonly judgement: Judgement;
  /** For a person: what is different from now on. */
  readonly sentence: string;
}

/** One place where two versions of a `spec` differ, with what is usual filled in. */
export interface Difference {
  /** Names of members; of a list its own words for an item: what it is, or what its key says. */
  readonly path: readonly string[];
  /** Undefined where there is none. */
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** What a change may do at a place and takes away only. */
export type Tighter =
  /** It is gone. */
  | 'removed'
  /** There was none: one more condition, one more item of a list of conditions. */
  | 'added'
  /** A number, or a day, that is smaller. */
  | 'lowered'
  | 'raised'
  /** A limit where there was none, or a lower one. */
  | 'limited'
  /** The same of a bound from below. */
  | 'limited-below'
  /** It was none of these, or was not there, and is this now. */
  | { readonly to: Json }
  /** Each word takes more than the one before it; there was none, or a later one. */
  | { readonly down: readonly string[] };

export interface TightRule {
  /** `tools.*.phase`: a star is any one name. */
  readonly at: string;
  readonly is: Tighter;
}

/** Everything else that stands in the documents, before and after. */
export interface RiskWorld {
  readonly before: TenantSnapshot | undefined;
  readonly after: TenantSnapshot | undefined;
}

/** How a plane judges changes of its kind of document. */
export interface RiskRules {
  /** Lists whose order means nothing: of texts, or of objects with the key that names each. */
  readonly lists: Readonly<Record<string, 'set' | { readonly key: string }>>;
  /** INVARIANT: closed. A difference that none of these is about is risky. */
  readonly tightenings: readonly TightRule[];
  /** Set where a new document, or one that is gone, takes away only. */
  readonly come?: 'tightening';
  readonly gone?: 'tightening';
  /** In better words than the place and its values. */
  says?(difference: Difference, name: string, world: RiskWorld): string | undefined;
  /** Judges by itself what these rules cannot; undefined leaves it to them. */
  judge?(
    name: string,
    before: JsonObject | undefined,
    after: JsonObject | undefined,
  ): readonly Finding[] | undefined;
}

/** A value in a sentence: nothing of it hides, and it is no longer than a line. */
export function valueText(value: Json | undefined): string {
  const text = typeof value === 'string' ? value : canonicalText(value ?? null);
  return visibleText(text, { maxLength: 120 });
}
