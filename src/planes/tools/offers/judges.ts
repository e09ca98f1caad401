import type { Asker, Judged, TargetJudge } from '#contracts/target-judge.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { emptyObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Target } from '#kernel/target.ts';
import { threeQuestions } from '../three-questions.ts';
import { own } from '../toolset.ts';
import type { JudgedOffer, OfferKind, OfferPage, ResolvedOffer } from './door.ts';
import { offersIn } from './view.ts';

/** By its URI alone; which server that is, is what the manifest says. */
export const resourceJudge: TargetJudge<JudgedOffer> = {
  kinds: ['resource'],
  hidden: 'offers/not-visible',
  sees({ configuration, principal }, target) {
    const found = offersIn(configuration.snapshot).find(principal, 'resource', target.name ?? '');
    if (!isRefusal(found)) return found.target;
    // Two could be meant: it is seen, and refused for that.
    return found.code === 'offers/ambiguous' ? target : undefined;
  },
  judge({ configuration, principal }, { name = '' }, args) {
    const found = offersIn(configuration.snapshot).find(principal, 'resource', name);
    return isRefusal(found) ? found : judgedBy(found, args);
  },
  declares: (asker, target) => isServed(asker, 'resource', target),
  usual: ({ name }) => ({ uri: name ?? '' }),
};

/** Of the server that it is named of. */
export const promptJudge: TargetJudge<JudgedOffer> = {
  kinds: ['prompt'],
  hidden: 'offers/not-visible',
  sees: ({ configuration, principal }, target) =>
    offersIn(configuration.snapshot).named(principal, target)?.target,
  judge({ configuration, principal }, target, args) {
    const found = offersIn(configuration.snapshot).named(principal, target);
    return found === undefined ? refusal('offers/not-visible') : judgedBy(found, args);
  },
  declares: (asker, target) => isServed(asker, 'prompt', target),
  usual: emptyObject,
};

/** At the address of its own server: a resource is found there as a prompt is anywhere. */
export const ownResourceJudge: Pick<typeof promptJudge, 'sees' | 'judge'> = {
  sees: (asker, target) => promptJudge.sees(asker, target),
  judge: (asker, target, args) => promptJudge.judge(asker, target, args),
};

/** Nothing of it is pinned: what its server's document says is what can be said of it. */
function isServed(
  { configuration, principal: { tenant } }: Asker,
  kind: OfferKind,
  { owner }: Target,
): boolean {
  const servers = configuration.snapshot.tenants[tenant]?.servers ?? {};
  return own(servers, owner)?.offers?.[kind] !== undefined;
}

function judgedBy(offer: ResolvedOffer, args: JsonObject): JudgedOffer {
  return { offer, judged: judgedOffer(offer.target, offer, offer.outsideEnvelope(args)) };
}

/** An offer, or a list of them. */
export function judgedOffer(
  target: Target,
  of: Pick<OfferPage, 'server' | 'agent' | 'manifest' | 'offerClass'>,
  outsideEnvelope: Refusal | undefined,
): Judged {
  const { server, agent, manifest, offerClass } = of;
  return {
    target,
    digest: server.digest,
    manifest: manifest.name,
    environment: agent.environment,
    autonomy: agent.autonomy,
    subjectClass: offerClass,
    questions: threeQuestions({ toolClass: offerClass, agent, manifest, outsideEnvelope }),
    outsideEnvelope,
  };
}
