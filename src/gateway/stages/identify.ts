import type { Call } from '#kernel/call.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Clock } from '#kernel/time.ts';
import type { IdentityGate } from '#planes/identity/index.ts';
import { holderOf } from '../holder.ts';
import type { OpenCalls } from '../open-calls.ts';
import type { Stages } from '../path.ts';
import { Exit, type Step } from '../progress.ts';
import type { GatewayState } from '../state.ts';

export interface IdentifyParts {
  readonly identity: IdentityGate;
  readonly state: GatewayState;
  readonly openCalls: OpenCalls;
  readonly clock: Clock;
}

interface Found {
  readonly principal: Principal;
}

/** Which instance is this? What the gateway sends itself is `system/<purpose>`. */
export function identifyStage(parts: IdentifyParts): Stages['identify'] {
  const { identity, state, openCalls, clock } = parts;
  return ({ call, configuration, lookedFor }) => {
    if (call.front === 'internal') return { principal: systemPrincipal(call, state.writer) };
    const identified = identity.identify(call.presented, {
      tenant: call.tenant,
      trust: configuration.snapshot.tokens,
      roster: state.roster,
      now: clock.now(),
      proven: lookedFor ?? call.proven,
    });
    const known = (principal: Principal | Refusal): Step<Found> | Promise<Step<Found>> => {
      if (isRefusal(principal)) return principal;
      // INVARIANT: one answer for what is somebody else's and for what is not there at all.
      if (call.heldBy !== undefined && call.heldBy !== holderOf(principal)) {
        return new Exit(refusal('admit/unknown-session'), { principal });
      }
      if (lookedFor === undefined) call.onIdentified?.(principal, configuration.snapshot);
      const tooMany = openCalls.byAgent(call, principal);
      const enter = (no: Refusal | undefined): Step<Found> =>
        no === undefined ? { principal } : new Exit(no, { principal });
      return tooMany instanceof Promise ? tooMany.then(enter) : enter(tooMany);
    };
    return identified instanceof Promise ? identified.then(known) : known(identified);
  };
}

function systemPrincipal({ tenant, action }: Call, writer: string): Principal {
  return {
    kind: 'system',
    tenant,
    agent: `system/${action.kind}`,
    instance: writer,
    user: undefined,
    task: `system-${writer}`,
    session: `system-${writer}`,
    hops: [],
    binding: 'internal',
    keyThumbprint: undefined,
  };
}
