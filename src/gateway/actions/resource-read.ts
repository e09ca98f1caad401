import { refusal } from '#kernel/errors.ts';
import { checkContents, offersIn, resourceJudge } from '#planes/tools/index.ts';
import type { Acting } from '../action.ts';
import type { OfferParts } from '../offer-subject.ts';
import { resourceAction } from '../resource-action.ts';

/** What stands in one resource. */
export function resourceRead(parts: OfferParts): Acting {
  return resourceAction(parts, {
    kind: 'resource-read',
    method: 'resources/read',
    take({ configuration, principal }, { named }, { name: owner }) {
      const view = offersIn(configuration.snapshot);
      const mayRead = (uri: string): boolean =>
        uri === named ||
        view.named(principal, { kind: 'resource', owner, name: uri }) !== undefined;
      return (result) => checkContents(result, mayRead) ?? result;
    },
    // INVARIANT: one answer for what is hidden and for what is not there, in either era.
    absent: [{ codes: [-32_002, -32_602, -32_601], told: () => refusal(resourceJudge.hidden) }],
  });
}
