import { offersIn } from '#planes/tools/index.ts';
import type { Acting } from '../action.ts';
import { offerList } from '../offer-list.ts';
import type { OfferParts } from '../offer-subject.ts';

/** Templates from which URIs could be made that an agent may name. */
export function resourceTemplates(parts: OfferParts): Acting {
  return offerList(parts, {
    kind: 'resource-templates',
    offers: 'resource',
    method: 'resources/templates/list',
    shape: { items: 'resourceTemplates', name: 'uriTemplate' },
    show({ configuration, principal }, server, { name, item }) {
      return offersIn(configuration.snapshot).grantsTemplate(principal, server, name)
        ? item
        : undefined;
    },
  });
}
