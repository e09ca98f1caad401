import type { Noting } from '../action.ts';

/** A ping, or a notification that the front acts on once it is known whose it is. */
export function notice(): Noting {
  return {
    kind: 'notice',
    route: 'noting',
    settledAs: 'gateway.noticed',
    released: (recordId, { principal }) => ({ kind: 'noticed', recordId, principal }),
  };
}
