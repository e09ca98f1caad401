import { contentOf } from '#kernel/call.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import type { AgentEntry } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import { reviewBound, type Standing } from '#planes/lifecycle/index.ts';
import type { Rates, RefusalBook } from '#planes/monitoring/index.ts';
import type { ToolGate } from '#planes/tools/index.ts';
import type { Stages } from '../path.ts';
import { Exit, type Identified } from '../progress.ts';
import type { Quotas } from '../quotas.ts';
import type { GatewayState } from '../state.ts';

export interface StandingParts {
  readonly standing: Standing;
  readonly state: GatewayState;
  readonly tools: ToolGate;
  readonly rates: Rates;
  readonly refusals: RefusalBook;
  readonly quotas: Quotas;
  readonly clock: Clock;
}

/** May it act at all now: stop, suspension, revocation, breaker, rate, quota. */
export function standingStage(parts: StandingParts): Stages['standing'] {
  const { standing, state, tools, clock } = parts;
  return (walk) => {
    const { principal, call, configuration } = walk;
    const monotonic = clock.monotonic();
    const view = state.view(monotonic);
    const overlayNumber = view.overlay.number;
    if (principal.kind === 'system') {
      const target = contentOf(call.action)?.target;
      const no = standing.confirmed(view) ?? view.overlay.forbids(principal, target);
      return no === undefined
        ? { agent: undefined, overlayNumber }
        : new Exit(no, { overlayNumber });
    }
    const agent = configuration.of(tools).agent(principal);
    // Without the target: only who may see it learns, in the resolve stage, that it is stopped.
    const no = standing.judge(principal, agent, undefined, view);
    if (no !== undefined) return new Exit(no, { overlayNumber });
    if (agent === undefined) return new Exit(refusal('identity/unknown-agent'), { overlayNumber });
    if (
      reviewBound(configuration.snapshot.tenants[principal.tenant], principal, clock.now()) ===
      'suspended'
    ) {
      return new Exit(refusal('standing/review-overdue'), { overlayNumber });
    }
    const passes = (limited: Refusal | undefined) =>
      limited === undefined ? { agent, overlayNumber } : new Exit(limited, { overlayNumber });
    const limited = withinLimits(parts, walk, agent, monotonic);
    return limited instanceof Promise ? limited.then(passes) : passes(limited);
  };
}

function withinLimits(
  { refusals, rates, quotas, clock }: StandingParts,
  { principal, lookedFor, file }: Identified,
  agent: AgentEntry,
  monotonic: number,
): Refusal | undefined | Promise<Refusal | undefined> {
  const broken = refusals.breaker(principal.tenant, principal.instance, clock.now());
  // The second way through is the same call: it is not counted twice.
  if (broken !== undefined || lookedFor !== undefined) return broken;
  const quota = () => (file.route === 'acting' ? quotas.take(principal, agent) : undefined);
  const tooFast = rates.agent(principal.tenant, agent, monotonic);
  return tooFast instanceof Promise ? tooFast.then((no) => no ?? quota()) : (tooFast ?? quota());
}
