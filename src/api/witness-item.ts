import { limits } from '#kernel/limits.ts';
import type { WitnessHealth } from '#planes/audit/index.ts';

interface Item {
  readonly item: 'witness';
  readonly state: 'red' | 'amber' | 'green';
  readonly why: string;
}

/** How far somebody else remembers the logs. `isSystem`: logs of other tenants are not told to a tenant. */
export function witnessItem(health: WitnessHealth, tenant: string, isSystem: boolean): Item {
  const item = 'witness';
  if (health.witnesses.length === 0) {
    const why = 'no witness cosigns the log: whoever holds key and disk can rewrite it';
    return { item, state: 'red', why };
  }
  const logs = health.logs.filter((log) => isSystem || log.tenant === tenant);
  const origins = new Set(logs.map(({ origin }) => origin));
  const told = health.contradictions.filter(
    (text) => isSystem || [...origins].some((origin) => text.includes(`\`${origin}\``)),
  );
  if (told.length > 0) {
    const why = `data were put back or rewritten: ${told.join('; ')}`;
    return { item, state: 'red', why };
  }
  const faults = health.faults.filter(({ tenant: of }) => isSystem || of === tenant);
  if (faults.length > 0) {
    return { item, state: 'red', why: faults.map(({ why }) => why).join('; ') };
  }
  if (health.sinceLookMs > limits.witnessLagMs) {
    const since = Math.round(health.sinceLookMs / 1_000);
    return { item, state: 'red', why: `no round over the witnesses has ended for ${since} s` };
  }
  if (logs.length === 0) return { item, state: 'amber', why: 'no log was shown to a witness yet' };
  const behind = logs
    .filter(({ size, witnessedTo }) => witnessedTo < size)
    .sort((a, b) => b.unwitnessedMs - a.unwitnessedMs);
  const [worst] = behind;
  if (worst === undefined) return { item, state: 'green', why: fully(health, logs) };
  const { origin, witnessedTo, unwitnessedMs } = worst;
  const seconds = Math.round(unwitnessedMs / 1_000);
  const away = isSystem && health.problems.length > 0 ? `; ${health.problems.join('; ')}` : '';
  const why = `unwitnessed since ${witnessedTo} of \`${origin}\`, for ${seconds} s${away}`;
  return { item, state: unwitnessedMs > limits.witnessLagMs ? 'red' : 'green', why };
}

function fully(
  { witnesses }: WitnessHealth,
  logs: readonly { readonly origin: string; readonly witnessedTo: number }[],
): string {
  const each = logs.map(({ origin, witnessedTo }) => `${origin} to ${witnessedTo}`);
  return `witnessed by ${witnesses.join(', ')}: ${each.join(', ')}`;
}
