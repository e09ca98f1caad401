import type { Labels } from '#kernel/label.ts';

/** Things that tools write and read, of one kind: a file, a key of a memory, a ticket. */
export interface NamedObjects {
  readonly kind: string;
  /**
   * Folded, of segments that a `/` parts; `all`: which of them is not known, or every one. INVARIANT: of two names one of
   * which ends as the other one does, both are looked up by either.
   */
  readonly names: readonly string[] | 'all';
}

/**
 * Everything of its kind: where nobody knows which one, or where there is no room for one more. With more behind it:
 * the same, until what is being made has a name, or for `openObjectMs` where nobody learns it.
 */
export const everyObject = '*';

export interface MarkedObject {
  readonly kind: string;
  readonly name: string;
  /** As it was written; two spellings of one name are one object that nothing cleans by itself. */
  readonly named: string;
  /** What records call it: nothing that a guess of its name could be tried against. */
  readonly id: string;
}

/** One object as it was when it was looked at. */
export interface SeenObject {
  readonly kind: string;
  readonly name: string;
  readonly version: number;
}

export interface CarriedLabels {
  readonly labels: Labels;
  /** By what the first of its writers had come to carry them. */
  readonly origins: readonly string[];
  /** Ids of those that are not to be read; a few, where there are many. */
  readonly held: readonly string[];
  /** Of those that were asked for by this very name. */
  readonly seen: readonly SeenObject[];
}

export interface ObjectMark {
  readonly objects: readonly MarkedObject[];
  readonly labels: Labels;
  readonly task: string;
  readonly agent: string;
  /** What it came by where its task has no source on record. */
  readonly source: string;
  readonly now: number;
  /** It is being written: until `settle`, or for as long as a call may take, nothing cleans it. */
  readonly open: boolean;
}

/** What a gateway may ask of the labels of things. */
export interface GatewayObjects {
  carried(tenant: string, asked: readonly NamedObjects[], now: number): Promise<CarriedLabels>;
  /** Durable before it resolves. INVARIANT: it takes no label away; without room it marks all of the kind. */
  mark(tenant: string, mark: ObjectMark): Promise<void>;
  /** What was marked open is written, or is not any more. */
  settle(tenant: string, objects: readonly MarkedObject[]): Promise<void>;
  /**
   * Clean work has written them whole. INVARIANT: what somebody marked since they were seen stays, and so does
   * what may still be on its way, what had several spellings, and what is meant by all of a kind.
   */
  clean(
    tenant: string,
    given: {
      readonly seen: readonly SeenObject[];
      readonly objects: readonly MarkedObject[];
      readonly now: number;
    },
  ): Promise<void>;
}

export interface LabelledObject {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly labels: Labels;
  readonly origins: readonly string[];
  /** Who wrote it first of those that carried something. */
  readonly task: string;
  readonly agent: string;
  readonly markedAt: number;
  readonly version: number;
  /** Nobody has said what came of a call that writes it. */
  readonly open: boolean;
  readonly held: { readonly by: string; readonly reason: string; readonly at: number } | undefined;
}

/** Labels of things, and which of them are not to be read. */
export interface ObjectBook extends GatewayObjects {
  list(tenant: string): Promise<readonly LabelledObject[]>;
  /** Nobody reads them until clean work writes them anew. */
  hold(
    tenant: string,
    ids: readonly string[],
    act: { readonly by: string; readonly reason: string; readonly now: number },
  ): Promise<number>;
  /** They are read again. INVARIANT: with what they carry: a release cleans nothing. */
  release(tenant: string, ids: readonly string[]): Promise<number>;
  /**
   * All of the kind carries nothing any more, and is held by nobody. INVARIANT: each of its things keeps what it carries
   * itself, and what was marked since it was listed stays.
   */
  lift(tenant: string, every: Pick<LabelledObject, 'kind' | 'version'>): Promise<number>;
}

/** Of each tenant; beyond it all of a kind is marked. */
export const mostObjects = 10_000;
/** Of one call: beyond it all of the kind is meant. */
export const mostNamedObjects = 100;
/** Names of one text, by each way of reading it. */
export const mostReadings = 2;
export const longestObjectName = 1_024;
/** No call takes as long; what was marked earlier and never settled was lost with its gateway. */
export const openObjectMs = 3_600_000;
