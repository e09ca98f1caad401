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
  readonly state: 'pinned' | 'waiting' | 'quarantined' | 'gone';
}

/** What a gateway may ask: it tells what tool servers show. */
export interface GatewayCatalogue {
  /**
   * The whole list of one server as seen now; tools that are missing become `gone`. Durable when it
   * resolves, with what it owes.
   */
  report(seen: {
    readonly tenant: string;
    readonly server: string;
    readonly tools: readonly ObservedTool[];
  }): Promise<void>;
}

/** What tool servers show, and what a human said yes to. */
export interface ToolCatalogue extends GatewayCatalogue {
  list(tenant: string, server?: string): Promise<readonly CatalogueEntry[]>;
  get(tenant: string, server: string, tool: string): Promise<CatalogueEntry | undefined>;
  /** Pins exactly the observed digest; another one now is `store/conflict`. */
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
}
