import { isRefusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import { anyOwner, type Target } from '#kernel/target.ts';
import { checkContents, offersIn, ownResourceJudge, resourceJudge } from '#planes/tools/index.ts';
import type { Acting } from '../action.ts';
import { type OfferParts, OfferSubject } from '../offer-subject.ts';

/** Which server it is, its address says, or the manifest. */
function judgeOf({ owner }: Target) {
  return owner === anyOwner ? resourceJudge : ownResourceJudge;
}

/** A resource, by the URI of its own server; which server that is, is what the manifest says. */
export function resourceRead(parts: OfferParts): Acting {
  return {
    kind: 'resource-read',
    route: 'acting',
    settledAs: 'policy.outcome',
    hidden: resourceJudge.hidden,
    sees: (asked, { target }) => judgeOf(target).sees(asked, target),
    resolve(asked, { target, named, arguments: given }) {
      const found = judgeOf(target).judge(asked, target, given);
      if (isRefusal(found)) return found;
      const { configuration, principal } = asked;
      const { judged, offer } = found;
      const { owner } = offer.target;
      const view = offersIn(configuration.snapshot);
      const mayRead = (uri: string): boolean =>
        uri === named ||
        view.named(principal, { kind: 'resource', owner, name: uri }) !== undefined;
      return new OfferSubject(parts, principal, {
        judged,
        manifest: offer.manifest,
        server: offer.server,
        method: 'resources/read',
        params: canonicalBytes({ uri: named }),
        named,
        take: (result) => checkContents(result, mayRead) ?? result,
        // INVARIANT: one answer for what is hidden and for what is not there, in either era.
        absent: { codes: [-32_002, -32_602, -32_601], told: () => refusal(resourceJudge.hidden) },
      });
    },
  };
}
