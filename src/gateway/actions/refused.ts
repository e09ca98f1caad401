import { refusal } from '#kernel/errors.ts';
import type { Refusing } from '../action.ts';

/** What a front could not turn into anything that is served. */
export function refused(): Refusing {
  return {
    kind: 'refused',
    route: 'refusing',
    settledAs: 'gateway.refused',
    reason: (action) =>
      action.kind === 'refused' ? action.reason : refusal('admit/unknown-method'),
  };
}
