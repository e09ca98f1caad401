import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Configurations, toldOf } from '#gateway/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { systemClock } from '#kernel/time.ts';
import type { ClockJump, Recorder } from '#planes/audit/index.ts';
import type { CallCounts, SoftenedBook } from '#planes/monitoring/index.ts';
import { type PolicyGate, policyHealthTold, type ShadowBook } from '#planes/policy/index.ts';

const windowMs = 2_000;
const resolutionMs = 5;

export interface HealthParts {
  readonly configurations: Configurations;
  readonly policy: PolicyGate;
  readonly softened: Pick<SoftenedBook, 'told'>;
  readonly shadows: Pick<ShadowBook, 'told'>;
  readonly counts: Pick<CallCounts, 'told'>;
}

export interface GatewayHealth {
  readonly tell: () => JsonObject;
  /** From now on it also says which configuration is in force here, and how its rules are judged. */
  of(parts: HealthParts): void;
  /** From now on it says by which names clients may write its addresses. */
  at(origins: readonly string[]): void;
}

/** What a gateway says of itself with every ping. */
export function gatewayHealth(
  recorder: Pick<Recorder, 'healthy'>,
  log: { lag(): number; clockJump(): ClockJump | undefined } = unheard,
): GatewayHealth {
  const loop = loopHealth(() => log.lag());
  let more: () => JsonObject = () => ({});
  let place: JsonObject = {};
  return {
    tell: () => ({
      ...loop(),
      // What its last append said.
      recordsHealthy: recorder.healthy,
      now: systemClock.now(),
      ...jumpTold(log.clockJump()),
      ...more(),
      ...place,
    }),
    at(origins) {
      place = { origins: [...origins] };
    },
    of({ configurations, policy, softened, shadows, counts }) {
      more = () => ({
        ...configurationHealth(configurations),
        ...policyHealthTold(policy.health()),
        ...softened.told(),
        ...shadows.told(configurations.current?.of(policy)),
        ...counts.told(),
      });
    },
  };
}

const unheard = { lag: () => 0, clockJump: () => undefined };

function jumpTold(jump: ClockJump | undefined): JsonObject {
  return jump === undefined ? {} : { clockJump: { ...jump } };
}

function configurationHealth({ current, refused }: Configurations): JsonObject {
  return {
    configuration: current?.number ?? 0,
    ...(refused === undefined ? {} : { refused: toldOf(refused) }),
  };
}

/** What Node counts is the time between two turns of its timer, the timer's own interval included. */
export function waitedUs(nanoseconds: number): number {
  return Math.max(0, Math.round(nanoseconds / 1_000 - resolutionMs * 1_000));
}

/** How long the event loop let others wait, over the last few seconds. */
function loopHealth(lag: () => number): () => JsonObject {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  let since = performance.now();
  let last: JsonObject = {};
  return () => {
    if (performance.now() - since > windowMs) {
      last = {
        loopDelayP99Us: waitedUs(delay.percentile(99)),
        loopDelayMaxUs: waitedUs(delay.max),
        rssBytes: process.memoryUsage.rss(),
        logLag: lag(),
      };
      delay.reset();
      since = performance.now();
    }
    return last;
  };
}
