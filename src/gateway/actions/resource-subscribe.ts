import { emptyObject } from '#kernel/json/index.ts';
import { refusal } from '#kernel/errors.ts';
import type { Acting } from '../action.ts';
import type { OfferParts } from '../offer-subject.ts';
import { resourceAction } from '../resource-action.ts';

/**
 * To hear of it when a resource changes: judged as reading it is. What is heard is its URI alone, and is
 * judged again whenever it is told.
 */
export function resourceSubscribe(parts: OfferParts): Acting {
  return resourceAction(parts, {
    kind: 'resource-subscribe',
    method: 'resources/subscribe',
    take: () => () => emptyObject(),
    absent: [
      { codes: [-32_601], told: () => refusal('offers/unwatched') },
      { codes: [-32_002, -32_602], told: () => refusal('offers/not-visible') },
    ],
  });
}
