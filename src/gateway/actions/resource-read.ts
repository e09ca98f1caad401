import { isRefusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import { checkContents, offersIn } from '#planes/tools/index.ts';
import type { Acting } from '../action.ts';
import { type OfferParts, OfferSubject } from '../offer-subject.ts';

/** A resource, by the URI of its own server; which server that is, is what the manifest says. */
export function resourceRead(parts: OfferParts): Acting {
  return {
    kind: 'resource-read',
    route: 'acting',
    settledAs: 'policy.outcome',
    hidden: 'offers/not-visible',
    sees({ configuration, principal }, { target, named }) {
      const found = offersIn(configuration.snapshot).find(principal, 'resource', named);
      if (!isRefusal(found)) return found.target;
      // Two could be meant: it is seen, and refused for that.
      return found.code === 'offers/ambiguous' ? target : undefined;
    },
    resolve({ configuration, principal }, { named, arguments: given }) {
      const view = offersIn(configuration.snapshot);
      const found = view.find(principal, 'resource', named);
      if (isRefusal(found)) return found;
      const { owner } = found.target;
      const mayRead = (uri: string): boolean =>
        uri === named ||
        view.named(principal, { kind: 'resource', owner, name: uri }) !== undefined;
      return new OfferSubject(parts, principal, {
        ...found,
        outside: found.outsideEnvelope(given),
        method: 'resources/read',
        params: canonicalBytes({ uri: named }),
        named,
        take: (result) => checkContents(result, mayRead) ?? result,
        // INVARIANT: one answer for what is hidden and for what is not there, in either era.
        absent: { codes: [-32_002, -32_602, -32_601], told: () => refusal('offers/not-visible') },
      });
    },
  };
}
