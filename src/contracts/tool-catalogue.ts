import type { JsonObject } from '#kernel/json/value.ts';
import type { PinnedTool } from '#kernel/snapshot.ts';
import type { OutboxDraft } from './outbox.ts';

export interface ObservedTool {
  readonly tenant: string;
  readonly server: string;
  readonly tool: string;
  readonly digest: string;
  readonly definition: JsonObject;
  readonly observedAt: number;
}

export interface CatalogueEntry {
  readonly tenant: string;
  readonly server: string;
  readonly tool: string;
  readonly pinned: PinnedTool | undefined;
  /** What the server shows now, when that is not what is pinned; undefined when equal or gone. */
  readonly observed: ObservedTool | undefined;
  readonly state: CatalogueState;
  /** Somebody said no to what it shows now; to another definition nobody has. */
  readonly rejected?: ToolRejection | undefined;
}

export interface ToolRejection {
  readonly digest: string;
  readonly by: string;
  readonly reason: string;
  readonly at: number;
}

/** `rejected`: it waits or differs, and somebody said no to this very definition. */
export type CatalogueState = 'pinned' | 'waiting' | 'quarantined' | 'rejected' | 'gone';

/** A page by server and tool, in the order of the store; `after` is the last one told before it. */
export interface CataloguePage {
  readonly tenant: string;
  readonly server?: string | undefined;
  /** Only these; all where it is left out. */
  readonly states?: readonly CatalogueState[] | undefined;
  /** Letters, small ones, that stand in `server/tool`. */
  readonly q?: string | undefined;
  readonly after?: { readonly server: string; readonly tool: string } | undefined;
  readonly limit: number;
}

/** One look at a tool server, in parts: a long list is never one transaction, nor one message. */
export interface ToolsSeen {
  readonly tenant: string;
  readonly server: string;
  /** Names the look: what its parts owe together, they owe once. */
  readonly look: string;
  readonly tools: readonly ObservedTool[];
  /** With the last part, the names of the whole list: whatever else is known of the server is gone. */
  readonly shown: readonly string[] | undefined;
  readonly now: number;
}

/** The body of what a look owes, kind `tools-seen`. */
export interface ToolsSeenBody {
  readonly server: string;
  /** Names that were shown and not kept, because the server has as many as it may. */
  readonly passedOver: number;
}

/** What changed in the catalogue and has not been judged by now. */
export interface CatalogueChange {
  readonly tool: string;
  /** As it shows itself, whatever anybody said to it. */
  readonly state: Exclude<CatalogueState, 'rejected'>;
  readonly pinnedDigest: string | undefined;
  readonly observedDigest: string | undefined;
}

/** What a gateway may ask: it tells what tool servers show. */
export interface GatewayCatalogue {
  /**
   * Durable when it resolves, with what it owes: `tools-seen`, due with the last part, or soon when
   * that never comes. A server has at most `limits.toolsPerServer` rows; what is more is passed over.
   */
  report(seen: ToolsSeen): Promise<void>;
}

/** What tool servers show, and what a human said yes to. */
export interface ToolCatalogue extends GatewayCatalogue {
  list(tenant: string, server?: string): Promise<readonly CatalogueEntry[]>;
  page(wanted: CataloguePage): Promise<readonly CatalogueEntry[]>;
  get(tenant: string, server: string, tool: string): Promise<CatalogueEntry | undefined>;
  /** What people said yes to, of all servers; nothing of what only waits. */
  pins(
    tenant: string,
  ): Promise<readonly { readonly server: string; readonly pinned: PinnedTool }[]>;
  counts(tenant: string): Promise<Readonly<Record<CatalogueState, number>>>;
  /** The same by server; one of which nothing is known is not there. */
  countsByServer(
    tenant: string,
  ): Promise<ReadonlyMap<string, Readonly<Record<CatalogueState, number>>>>;
  /** Everything of this server, what people said yes to included: its document is gone. */
  forget(tenant: string, server: string): Promise<void>;
  /** Pins exactly the observed digest; another one now is `store/conflict`. Owes `tool-pinned`. */
  approve(yes: {
    readonly tenant: string;
    readonly server: string;
    readonly tool: string;
    readonly digest: string;
    readonly by: string;
    readonly now: number;
    /** The reactions that it owes, written in its transaction. */
    readonly also?: readonly OutboxDraft[];
  }): Promise<CatalogueEntry>;
  /**
   * Somebody says no to exactly the definition that is shown; another one now is `store/conflict`. INVARIANT: only a
   * person ends it, by `approve`, or the server, by another definition: which nobody has said yes to either.
   */
  reject(no: {
    readonly tenant: string;
    readonly server: string;
    readonly tool: string;
    readonly digest: string;
    readonly by: string;
    readonly reason: string;
    readonly now: number;
    /** The reactions that it owes, written in its transaction. */
    readonly also?: readonly OutboxDraft[];
  }): Promise<CatalogueEntry>;
  /** Pins those that still wait, are not rejected and show this very digest, all at once. Owes `recompile`. */
  pinSeen(yes: {
    readonly tenant: string;
    readonly server: string;
    readonly tools: readonly { readonly tool: string; readonly digest: string }[];
    readonly by: string;
    readonly now: number;
  }): Promise<void>;
  /** What changed since it was judged last, by name. */
  changes(tenant: string, server: string, limit: number): Promise<readonly CatalogueChange[]>;
  /**
   * These changes were judged; one that has changed again in the meantime stays. A tool that is gone
   * and was never pinned is forgotten.
   */
  judged(tenant: string, server: string, changes: readonly CatalogueChange[]): Promise<void>;
}
