import type { Judged } from '#contracts/target-judge.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Principal } from '#kernel/principal.ts';
import type { AgentEntry, ManifestEntry, OfferClass, ServerEntry } from '#kernel/snapshot.ts';
import type { Target } from '#kernel/target.ts';

/** What a tool server has beside its tools: nothing of it is pinned, so all of it is a stranger's. */
export type OfferKind = 'resource' | 'prompt';

/** An offer that this principal may name, with everything that the later stages need of it. */
export interface ResolvedOffer {
  readonly target: Target & { readonly name: string };
  readonly agent: AgentEntry;
  readonly manifest: ManifestEntry;
  readonly server: ServerEntry;
  readonly offerClass: OfferClass;
  /** Set when an argument lies outside the manifest's bounds: the call is refused with it. */
  outsideEnvelope(args: JsonObject): Refusal | undefined;
}

export interface JudgedOffer {
  readonly offer: ResolvedOffer;
  readonly judged: Judged;
}

/** Something of a server that this principal may use, and by what. */
export type OfferFound = Pick<ResolvedOffer, 'agent' | 'manifest' | 'server' | 'offerClass'>;

/** One page of one server's list that this principal may ask for. */
export interface OfferPage {
  readonly server: ServerEntry;
  readonly agent: AgentEntry;
  readonly manifest: ManifestEntry;
  readonly offerClass: OfferClass;
  /** Of the server, as it gave it; undefined is its first page. */
  readonly upstreamCursor: string | undefined;
  /** Opaque to the agent; undefined when nothing is left of any server. */
  next(upstreamCursor: string | undefined): string | Refusal | undefined;
}

export interface OfferView {
  /**
   * The server is what the manifest says. INVARIANT: one answer for what is hidden and for what does
   * not exist; what two servers could be meant by is refused, unless one is named exactly.
   */
  find(principal: Principal, kind: OfferKind, name: string): ResolvedOffer | Refusal;
  /** By its own server; undefined when this principal may not name it. */
  named(principal: Principal, target: Target): ResolvedOffer | undefined;
  /** What it is called on the wire; undefined when it looks like another that this principal may name. */
  shownName(principal: Principal, target: Target): string | undefined;
  /** What is called so on the wire. */
  shownAs(principal: Principal, kind: OfferKind, name: string): Target | undefined;
  /** Where a list begins or goes on; undefined when the agent may name nothing of the kind. */
  page(
    principal: Principal,
    kind: OfferKind,
    cursor: string | undefined,
    /** Of this server alone. */
    server?: string,
  ): OfferPage | Refusal | undefined;
  /**
   * Whose template it is, when something that the manifest grants could be made from it. `owner`: of
   * its server, or any.
   */
  template(principal: Principal, owner: string, template: string): OfferFound | Refusal;
  /** Whether anything that the manifest grants could be made from this template. */
  grantsTemplate(principal: Principal, server: string, template: string): boolean;
}
