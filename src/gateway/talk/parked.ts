import type { SideEffect } from '#kernel/call.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { Principal } from '#kernel/principal.ts';
import { type Target, targetText } from '#kernel/target.ts';
import type { Clock } from '#kernel/time.ts';
import type { Recorder } from '#planes/audit/index.ts';
import type { Standing } from '#planes/lifecycle/index.ts';
import type { ToolGate } from '#planes/tools/index.ts';
import { sessionOf } from '../drafts.ts';
import { partsOf } from '../principal-parts.ts';
import type { GatewayState } from '../state.ts';
import type { Unreconciled } from '../unreconciled.ts';
import type { Conversation } from './conversation.ts';

/** A request that is still open at its server, while its caller is to call again. */
export interface ParkedCall {
  readonly conversation: Conversation;
  readonly principal: Principal;
  readonly target: Target;
  readonly call: string;
  readonly argumentsDigest: string;
  readonly isRead: boolean;
}

export interface Dropped {
  /** What is known of it by then. */
  readonly effect: SideEffect;
  readonly why: 'stop' | 'time' | 'shutdown';
  /** What a stop said, as its code. */
  readonly code?: string | undefined;
}

/** What holds for requests that are parked. */
export interface ParkedRules {
  /** INVARIANT: a stop, a suspension, a revocation and the end of a task reach them as they reach calls. */
  judge(parked: ParkedCall): Refusal | undefined;
  /** One was let go of, and nobody will hear of it by a call. */
  dropped(parked: ParkedCall, dropped: Dropped): Promise<void>;
}

export interface ParkedParts {
  readonly state: GatewayState;
  readonly standing: Pick<Standing, 'judge'>;
  readonly tools: ToolGate;
  readonly clock: Clock;
  readonly recorder: Pick<Recorder, 'record'>;
  readonly unreconciled: Pick<Unreconciled, 'addFound'>;
  readonly writer: string;
}

export function createParkedRules(parts: ParkedParts): ParkedRules {
  const { state, standing, tools, clock } = parts;
  return {
    judge({ principal, target }) {
      const agent = state.configuration?.of(tools).agent(principal);
      return standing.judge(principal, agent, target, state.view(clock.monotonic()));
    },
    async dropped(parked, { effect, why, code }) {
      const { principal, target, call, argumentsDigest, isRead } = parked;
      const { tenant, task } = principal;
      const named = targetText(target);
      const recorded = await parts.recorder
        .record({
          type: 'gateway.question-dropped',
          tenant,
          actors: partsOf(principal).actors,
          ...sessionOf(principal),
          call,
          effect,
          details: { target: named, by: why, ...(code === undefined ? {} : { code }) },
        })
        // The recorder is unhealthy: every new call is refused for that already.
        .catch(() => undefined);
      if (effect !== 'unknown' || isRead) return;
      // INVARIANT: its own record said that it was done with; now nobody knows what it did.
      const ref = recorded?.id ?? call;
      const key = { tenant, task, target: named, argumentsDigest };
      const report = { ...key, effect, ref, by: parts.writer, at: clock.now() } as const;
      parts.unreconciled.addFound([report]);
    },
  };
}
