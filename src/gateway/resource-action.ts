import { isRefusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import { anyOwner, type Target } from '#kernel/target.ts';
import { type OfferFound, ownResourceJudge, resourceJudge } from '#planes/tools/index.ts';
import type { Acting, Aimed } from './action.ts';
import { type OfferAsk, type OfferParts, OfferSubject } from './offer-subject.ts';
import type { Asking } from './subject.ts';

/** Which server it is, its address says, or the manifest. */
function judgeOf({ owner }: Target) {
  return owner === anyOwner ? resourceJudge : ownResourceJudge;
}

/** What differs between the things that can be done with one resource. */
export interface ResourceWay {
  readonly kind: Acting['kind'];
  readonly method: string;
  take(asked: Asking, of: Pick<Aimed, 'named'>, server: OfferFound['server']): OfferAsk['take'];
  readonly absent: NonNullable<OfferAsk['absent']>;
}

/** One resource, by the URI of its own server; which server that is, is what the manifest says. */
export function resourceAction(parts: OfferParts, way: ResourceWay): Acting {
  const { kind, method, absent } = way;
  return {
    kind,
    route: 'acting',
    settledAs: 'policy.outcome',
    hidden: resourceJudge.hidden,
    sees: (asked, { target }) => judgeOf(target).sees(asked, target),
    resolve(asked, { target, named, arguments: given }) {
      const found = judgeOf(target).judge(asked, target, given);
      if (isRefusal(found)) return found;
      const { judged, offer } = found;
      return new OfferSubject(parts, asked.principal, {
        judged,
        manifest: offer.manifest,
        server: offer.server,
        method,
        params: canonicalBytes({ uri: named }),
        named,
        take: way.take(asked, { named }, offer.server),
        absent,
      });
    },
  };
}
