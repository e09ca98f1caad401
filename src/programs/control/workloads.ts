import { createWorkloadTokens } from '#adapters/identity-provider/oidc/workload.ts';
import { createOutbounds } from '#adapters/outbound/index.ts';
import { entriesOf } from '#contracts/section.ts';
import {
  type WorkloadIssuerEntry,
  workloadIssuers,
  type WorkloadTokens,
} from '#contracts/workload-issuer.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';

/** Platforms that vouch for their workloads, as documents name them. */
export function openWorkloads(parts: {
  readonly clock: Clock;
  readonly snapshot: () => Snapshot | undefined;
}): {
  readonly tokens: WorkloadTokens;
  readonly issuers: (tenant: string) => readonly WorkloadIssuerEntry[];
} {
  const { clock, snapshot } = parts;
  return {
    tokens: createWorkloadTokens({
      clock,
      outbound: createOutbounds(),
    }),
    issuers: (tenant) => Object.values(entriesOf(snapshot()?.tenants[tenant], workloadIssuers)),
  };
}
