import type { WorkloadClient } from '#contracts/token-clients.ts';
import type { GrantAsked } from './grant.ts';
import { provenKey } from './proven-key.ts';

/** What stands beside an assertion, should that turn out to be a platform's word for a workload. */
export function workloadIn(asked: GrantAsked): WorkloadClient {
  return { named: asked.client.id, proveKey: () => provenKey(asked) };
}
