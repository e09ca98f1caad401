import { setTimeout as pause } from 'node:timers/promises';
import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';

const lookMs = 10;

/**
 * Whoever changes something is answered when it is in force, or refused, on every gateway that serves;
 * one that does not say so in time is not waited for.
 */
export async function untilInForce(
  gateways: () => readonly JsonObject[],
  number: number,
  mostMs: number = limits.configurationInForceMs,
): Promise<void> {
  const until = performance.now() + mostMs;
  while (gateways().some((one) => isBehind(one, number)) && performance.now() < until) {
    await pause(lookMs);
  }
}

function isBehind({ configuration, refused }: JsonObject, number: number): boolean {
  // None yet: it starts, and serves nothing before it has the newest.
  if (typeof configuration !== 'number' || configuration === 0) return false;
  const seen = isJsonObject(refused) ? Number(refused['number']) : configuration;
  return Math.max(seen, configuration) < number;
}
