import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { SoftenedBook, SoftenedCount } from './door.ts';

interface Counts {
  refuse: number;
  hold: number;
}

/** Told with every ping, so only of so many; what is counted beyond is one sum. */
const mostTold = 50;

/** INVARIANT: bounded, however many tools there are: what has no room left is counted together. */
export function createSoftenedBook(): SoftenedBook {
  const tools = new Map<string, { readonly tenant: string; readonly target: string } & Counts>();
  const others: Counts = { refuse: 0, hold: 0 };
  return {
    note(tenant, target, { effect }) {
      const key = `${tenant}\n${target}`;
      const known = tools.get(key);
      if (known !== undefined) known[effect] += 1;
      else if (tools.size < limits.softToolsCounted) {
        tools.set(key, { tenant, target, refuse: 0, hold: 0, [effect]: 1 });
      } else others[effect] += 1;
    },
    told() {
      if (tools.size === 0) return {};
      const most = [...tools.values()].sort((a, b) => b.refuse + b.hold - a.refuse - a.hold);
      const rest = most.slice(mostTold).concat({ tenant: '', target: '', ...others });
      const sum = rest.reduce((total, { refuse, hold }) => total + refuse + hold, 0);
      return {
        softened: most.slice(0, mostTold).map((one) => ({ ...one })),
        ...(sum === 0 ? {} : { softenedBeside: sum }),
      };
    },
  };
}

/** What gateways counted of the tools of a tenant, added up. What they say of it is judged as it comes. */
export function softenedOf(
  tenant: string,
  gateways: readonly JsonObject[],
): readonly SoftenedCount[] {
  const sums = new Map<string, { target: string } & Counts>();
  for (const { softened } of gateways) {
    const told = Array.isArray(softened) ? (softened as readonly Json[]) : [];
    for (const one of told) {
      if (!isJsonObject(one) || one['tenant'] !== tenant) continue;
      const { target, refuse, hold } = one;
      if (typeof target !== 'string') continue;
      const sum = sums.get(target) ?? { target, refuse: 0, hold: 0 };
      sum.refuse += countOf(refuse);
      sum.hold += countOf(hold);
      sums.set(target, sum);
    }
  }
  return [...sums.values()];
}

function countOf(value: Json | undefined): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
