import { isRefusal, refusal } from '#kernel/errors.ts';
import type { Principal } from '#kernel/principal.ts';
import type { StageParts } from '../stages.ts';
import type { Stage, Walk } from '../walk.ts';

/** Which instance is this? What the gateway sends itself is `system/<purpose>`. */
export function identifyStage({ identity, state, openCalls, clock }: StageParts): Stage {
  return (walk) => {
    if (walk.configuration === undefined) return refusal('gateway/not-ready');
    if (walk.call.front === 'internal') {
      walk.principal = systemPrincipal(walk, state.writer);
      return undefined;
    }
    const identified = identity.identify(walk.call.presented, {
      tenant: walk.call.tenant,
      trust: walk.configuration.snapshot.tokens,
      roster: state.roster,
      now: clock.now(),
      proven: walk.lookedFor,
    });
    if (isRefusal(identified)) return identified;
    walk.principal = identified;
    if (walk.lookedFor === undefined) walk.call.onIdentified?.(identified);
    return openCalls.byAgent(walk.call, identified);
  };
}

function systemPrincipal(walk: Walk, writer: string): Principal {
  return {
    kind: 'system',
    tenant: walk.call.tenant,
    agent: 'system/refresh',
    instance: writer,
    user: undefined,
    task: `system-${writer}`,
    session: `system-${writer}`,
    hops: [],
    binding: 'internal',
    keyThumbprint: undefined,
  };
}
