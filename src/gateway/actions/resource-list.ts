import { offersIn } from '#planes/tools/index.ts';
import type { Acting } from '../action.ts';
import { offerList } from '../offer-list.ts';
import type { OfferParts } from '../offer-subject.ts';

/** The resources that an agent may name, as their servers list them. */
export function resourceList(parts: OfferParts): Acting {
  return offerList(parts, {
    kind: 'resource-list',
    offers: 'resource',
    method: 'resources/list',
    shape: { items: 'resources', name: 'uri' },
    show({ configuration, principal }, owner, { name, item }) {
      const target = { kind: 'resource', owner, name } as const;
      return offersIn(configuration.snapshot).named(principal, target) === undefined
        ? undefined
        : item;
    },
  });
}
