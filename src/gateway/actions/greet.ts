import type { Noting } from '../action.ts';

/** A handshake or a discovery: who asks is known, and answered by the front from what it is. */
export function greet(): Noting {
  return {
    kind: 'greet',
    route: 'noting',
    settledAs: 'gateway.greeted',
    released: (recordId) => ({ kind: 'greeted', recordId }),
  };
}
