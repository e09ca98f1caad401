import type { GatewayReservations, Reservation } from '#contracts/reservations.ts';
import { amountsPeriod, type Counted, countersOf } from '#contracts/task-amounts.ts';
import { contentOf, type Outcome } from '#kernel/call.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { targetText } from '#kernel/target.ts';
import type { Clock } from '#kernel/time.ts';
import type { Decided } from './progress.ts';

const dayMs = 86_400_000;

type Asking = Pick<Decided, 'principal' | 'subject' | 'call'>;

/**
 * How much a task may in all: calls, and sums over an argument. INVARIANT: whatever runs at once, at however many
 * gateways, is never more than was said: the store takes each amount before the call leaves. What turns out not to
 * have happened is given back; what is not known counts.
 */
export interface TaskAmountsKeeper {
  /** Undefined when there is room, or when nothing is counted, which costs nothing. */
  take(asking: Asking): Refusal | undefined | Promise<Refusal | undefined>;
  /** Every call ends here, whatever its exit; `outcome` is undefined when nobody knows. */
  leave(call: string, outcome: Outcome | undefined): Promise<void> | undefined;
}

export function createTaskAmounts(
  reservations: GatewayReservations,
  clock: Pick<Clock, 'now'>,
): TaskAmountsKeeper {
  const taken = new Map<string, readonly Reservation[]>();
  const giveBack = async (all: readonly Reservation[]): Promise<void> => {
    // What cannot be given back stays used: nobody gets more by that.
    await Promise.allSettled(all.map(({ tenant, id }) => reservations.release(tenant, id)));
  };
  const takeAll = async (
    { principal: { tenant }, call }: Asking,
    asks: readonly Ask[],
  ): Promise<Refusal | undefined> => {
    // A call that was looked for comes a second time, perhaps with other arguments.
    await giveBack(taken.get(call.id) ?? []);
    taken.delete(call.id);
    const got: Reservation[] = [];
    const now = clock.now();
    for (const { key, amount, atMost, what } of asks) {
      const ask = { tenant, key, amount, period: amountsPeriod, limit: atMost, now };
      const one = await reservations
        .reserve({ ...ask, expiresAt: now + dayMs })
        .catch(() => 'away');
      if (typeof one === 'object') got.push(one);
      else {
        await giveBack(got);
        return one === 'away' ? refusal('store/unavailable') : spent(what, atMost, amount);
      }
    }
    taken.set(call.id, got);
    return undefined;
  };
  return {
    take(asking) {
      const { amounts } = asking.principal.scope ?? {};
      if (amounts === undefined || isOfCounted(asking)) return undefined;
      if (amounts.some(({ task }) => task === undefined)) return refusal('identity/unknown-scope');
      const asks = asksOf(countersOf({ amounts }), asking);
      return isRefusal(asks) ? asks : takeAll(asking, asks);
    },
    leave(call, outcome) {
      const got = taken.get(call);
      if (got === undefined) return undefined;
      taken.delete(call);
      if (didNothing(outcome)) return giveBack(got);
      // Used it is already; that it is settled nobody waits for.
      for (const { tenant, id } of got) void reservations.commit(tenant, id).catch(() => undefined);
      return undefined;
    },
  };
}

/**
 * A page of a result, and what goes on where a call asked for something, are of a call that was counted: handles are
 * good once, and without one nothing leaves.
 */
export function isOfCounted({ call: { action } }: Pick<Asking, 'call'>): boolean {
  return action.kind === 'result-page' || contentOf(action)?.continued !== undefined;
}

interface Ask extends Counted {
  readonly amount: number;
}

function asksOf(counters: readonly Counted[], { subject, call }: Asking): readonly Ask[] | Refusal {
  const target = targetText(subject.target);
  const given = contentOf(call.action)?.arguments ?? {};
  const asks: Ask[] = [];
  for (const counter of counters) {
    if (counter.sum === undefined) asks.push({ ...counter, amount: 1 });
    else if (counter.sum.target === target) {
      const amount = amountIn(given, counter.sum.argument);
      if (amount === undefined) return uncountable(counter.what);
      asks.push({ ...counter, amount });
    }
  }
  return asks;
}

/** INVARIANT: what is no number of a countable size, or would give room back, is not guessed at. */
function amountIn(given: JsonObject, argument: string): number | undefined {
  const value = Object.hasOwn(given, argument) ? given[argument] : undefined;
  const isAmount = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
  return isAmount ? value : undefined;
}

function uncountable(what: string): Refusal {
  return refusal('standing/task-uncountable', { details: { of: what } });
}

function spent(what: string, atMost: number, asked: number): Refusal {
  return refusal('standing/task-amount', { details: { of: what, atMost, asked } });
}

/** INVARIANT: whoever asks got the call first, and may have acted on it. */
export function didNothing(outcome: Outcome | undefined): boolean {
  if (outcome === undefined) return false;
  return outcome.kind === 'held' || (outcome.kind === 'refused' && outcome.effect === 'none');
}
