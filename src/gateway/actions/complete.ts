import type { Content } from '#kernel/call.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes, isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import type { Target } from '#kernel/target.ts';
import { judgedOffer, type OfferFound, offersIn, promptJudge } from '#planes/tools/index.ts';
import type { Acting, Aimed } from '../action.ts';
import { type OfferParts, OfferSubject } from '../offer-subject.ts';
import type { Asking } from '../subject.ts';

/**
 * What could be written for an argument of a prompt, or a variable of a template, that this agent may
 * use. Its server is asked, as it is for a list; nothing is told of what may not be used.
 */
export function complete(parts: OfferParts): Acting {
  return {
    kind: 'complete',
    route: 'acting',
    settledAs: 'policy.outcome',
    hidden: promptJudge.hidden,
    sees(asked, content) {
      const found = find(asked, content);
      return isRefusal(found) ? undefined : found.target;
    },
    resolve(asked, content) {
      const found = find(asked, content);
      if (isRefusal(found)) return found;
      const { target, offer } = found;
      // Whatever the use of it does, to ask what could be written is only reading.
      const offerClass = { ...offer.offerClass, effect: 'read', reversible: true } as const;
      return new OfferSubject(parts, asked.principal, {
        judged: judgedOffer(target, { ...offer, offerClass }, undefined),
        manifest: offer.manifest,
        server: offer.server,
        method: 'completion/complete',
        params: canonicalBytes({ ...content.arguments, ref: refOf(target, content) }),
        named: undefined,
        take: (result) => checkCompletion(result) ?? result,
        // It completes nothing; that is no fault of whoever asks.
        absent: [{ codes: [-32_601], told: () => ({ completion: { values: [] } }) }],
      });
    },
  };
}

interface Found {
  readonly target: Target;
  readonly offer: OfferFound;
}

function find({ configuration, principal }: Asking, { target, named }: Aimed): Found | Refusal {
  const view = offersIn(configuration.snapshot);
  if (target.kind === 'prompt') {
    // What the agent was shown under this name, before what the name says by itself.
    const offer = view.named(principal, view.shownAs(principal, 'prompt', named) ?? target);
    return offer === undefined ? refusal('offers/not-visible') : { target: offer.target, offer };
  }
  const offer = view.template(principal, target.owner, named);
  if (isRefusal(offer)) return offer;
  return { target: { kind: 'resource', owner: offer.server.name, name: undefined }, offer };
}

/** In the words of its own server. */
function refOf(target: Target, { named }: Content): JsonObject {
  return target.kind === 'prompt'
    ? { type: 'ref/prompt', name: target.name ?? '' }
    : { type: 'ref/resource', uri: named };
}

function checkCompletion({ completion }: JsonObject): Refusal | undefined {
  const values = isJsonObject(completion) ? completion['values'] : undefined;
  if (Array.isArray(values) && (values as readonly Json[]).every(isText)) return undefined;
  return refusal('tools/upstream-protocol', {
    message: 'the tool server broke the protocol: its completion has no values',
  });
}

function isText(value: Json): boolean {
  return typeof value === 'string';
}
