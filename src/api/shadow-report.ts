import { z } from 'zod';
import { isoTime } from '#kernel/time.ts';
import type { ControlParts } from './parts.ts';
import { time } from './shapes.ts';

const rules = z.strictObject({
  from: z.array(z.string()).readonly(),
  to: z.array(z.string()).readonly(),
});

export const shadowReport = z.strictObject({
  /** Documents in shadow; empty while there are none. */
  shadows: z.array(z.strictObject({ name: z.string(), replaces: z.string().nullable() })),
  policyDigest: z.string().nullable(),
  compared: z.number(),
  differing: z.number(),
  faults: z.number(),
  passedOver: z.number(),
  /** Of the gateways' own time, for each call that was compared. */
  microsecondsPerCall: z.number(),
  lines: z.array(
    z.strictObject({
      agent: z.string(),
      target: z.string(),
      from: z.string(),
      to: z.string(),
      calls: z.number(),
      rules,
      first: time,
      last: time,
    }),
  ),
  more: z.number(),
});

/** Counted in the memory of each gateway since it started, or since the set is as it is. */
export function toldShadows(
  parts: Pick<ControlParts, 'shadows' | 'snapshot'>,
  tenant: string,
): z.infer<typeof shadowReport> {
  const policies = parts.snapshot()?.tenants[tenant]?.policies ?? [];
  const { policyDigest, microseconds, lines, ...counts } = parts.shadows(tenant);
  return {
    shadows: policies
      .filter(({ shadow }) => shadow === true)
      .map(({ name, replaces = null }) => ({ name, replaces })),
    policyDigest: policyDigest ?? null,
    ...counts,
    microsecondsPerCall: counts.compared === 0 ? 0 : Math.round(microseconds / counts.compared),
    lines: lines.map(({ first, last, ...line }) => ({
      ...line,
      first: isoTime(first),
      last: isoTime(last),
    })),
  };
}
