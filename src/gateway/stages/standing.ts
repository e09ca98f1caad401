import { contentOf } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';
import { toolOf } from '#kernel/tool.ts';
import type { StageParts } from '../stages.ts';
import type { Stage } from '../walk.ts';

/** May it act at all now: stop, suspension, revocation, breaker, rate, quota. */
export function standingStage(parts: StageParts): Stage {
  const { standing, state, tools, rates, refusals, quotas, clock } = parts;
  return (walk) => {
    const { principal, configuration } = walk;
    if (principal === undefined || configuration === undefined) return refusal('identity/missing');
    const monotonic = clock.monotonic();
    const view = state.view(monotonic);
    walk.overlayNumber = view.overlay.number;
    if (principal.kind === 'system') {
      return (
        standing.confirmed(view) ??
        view.overlay.forbids(principal, toolOf(contentOf(walk.call.action)?.target))
      );
    }
    const agent = configuration.of(tools).agent(principal);
    // Without the tool: only who may see it learns, in the resolve stage, that it is stopped.
    const no = standing.judge(principal, agent, undefined, view);
    if (no !== undefined) return no;
    if (agent === undefined) return refusal('identity/unknown-agent');
    const broken = refusals.breaker(principal.tenant, principal.instance, clock.now());
    // The second way through is the same call: it is not counted twice.
    if (broken !== undefined || walk.lookedFor !== undefined) return broken;
    return (
      rates.agent(principal.tenant, agent, monotonic) ??
      (walk.call.action.kind === 'tool-call' ? quotas.take(walk, agent) : undefined)
    );
  };
}
