import type { PlanePart } from '#contracts/plane-part.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { ModelView } from '#planes/models/index.ts';
import type { Telling } from '../action.ts';

export interface ModelListParts {
  readonly models: PlanePart<ModelView>;
}

/** The models that an agent may ask, by the names that it writes. */
export function modelList({ models }: ModelListParts): Telling {
  return {
    kind: 'model-list',
    route: 'telling',
    settledAs: 'policy.listed',
    tell: ({ principal, configuration }) => ({
      items: configuration
        .of(models)
        .list(principal)
        .map((name): JsonObject => ({ name, provider: name.slice(0, name.indexOf('/')) })),
      nextCursor: undefined,
    }),
    released: (recordId, { page }) => ({ kind: 'listed', recordId, page }),
  };
}
