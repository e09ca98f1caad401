import type { Asking } from './subject.ts';
import type { Content } from '#kernel/call.ts';
import { isRefusal, type Refusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { anyOwner, type Target } from '#kernel/target.ts';
import {
  type ListShape,
  judgedOffer,
  type OfferKind,
  type OfferPage,
  type ReadItem,
  offersIn,
  readPage,
} from '#planes/tools/index.ts';
import type { Acting } from './action.ts';
import { type OfferAsk, type OfferParts, OfferSubject } from './offer-subject.ts';

/** What differs between the lists of what tool servers offer. */
export interface OfferListing {
  readonly kind: Acting['kind'];
  readonly offers: OfferKind;
  readonly method: string;
  readonly shape: ListShape;
  /** The item as this principal may see it; undefined when it may not. */
  show(walk: Asking, server: string, item: ReadItem): JsonObject | undefined;
}

/**
 * One page of one server's list, with what the manifest grants of it. INVARIANT: an agent that may
 * name nothing is told so from the configuration; no server learns that it asked.
 */
export function offerList(parts: OfferParts, listing: OfferListing): Acting {
  return {
    kind: listing.kind,
    route: 'acting',
    settledAs: 'policy.outcome',
    hidden: 'offers/not-visible',
    sees(walk, content) {
      const page = pageFor(walk, content, listing);
      return page === undefined || isRefusal(page) ? content.target : wholeOf(listing, page);
    },
    resolve(walk, content) {
      const page = pageFor(walk, content, listing);
      if (page === undefined) return { items: [], nextCursor: undefined };
      if (isRefusal(page)) return page;
      return new OfferSubject(parts, walk.principal, askOf(walk, page, listing));
    },
  };
}

function pageFor(
  { configuration, principal }: Asking,
  content: Content,
  { offers }: OfferListing,
): OfferPage | Refusal | undefined {
  const cursor = content.arguments['cursor'];
  const owner = content.target?.owner ?? anyOwner;
  return offersIn(configuration.snapshot).page(
    principal,
    offers,
    typeof cursor === 'string' ? cursor : undefined,
    owner === anyOwner ? undefined : owner,
  );
}

function wholeOf({ offers }: OfferListing, { server }: OfferPage): Target {
  return { kind: offers, owner: server.name, name: undefined };
}

function askOf(walk: Asking, page: OfferPage, listing: OfferListing): OfferAsk {
  const { server, manifest, offerClass, upstreamCursor } = page;
  // Whatever reading one of them does, a list is only read.
  const listed = { ...offerClass, effect: 'read', reversible: true } as const;
  const { method, shape } = listing;
  const told = (items: readonly JsonObject[], next: string | undefined): JsonObject | Refusal => {
    const nextCursor = page.next(next);
    if (isRefusal(nextCursor)) return nextCursor;
    return { [shape.items]: items, ...(nextCursor === undefined ? {} : { nextCursor }) };
  };
  return {
    judged: judgedOffer(wholeOf(listing, page), { ...page, offerClass: listed }, undefined),
    manifest,
    server,
    method,
    params: canonicalBytes(upstreamCursor === undefined ? {} : { cursor: upstreamCursor }),
    named: undefined,
    take(result) {
      const read = readPage(result, shape);
      if (isRefusal(read)) return read;
      const visible = read.items.flatMap((item): readonly JsonObject[] => {
        const shown = listing.show(walk, server.name, item);
        return shown === undefined ? [] : [shown];
      });
      return told(visible, read.nextCursor);
    },
    // It serves nothing of the kind; the next server may.
    absent: [{ codes: [-32_601], told: () => told([], undefined) }],
  };
}
