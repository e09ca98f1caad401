import { type Spread } from './statistics.ts';

/** What must be reached, as data: ratios of one run. */
export interface Goal {
  readonly key: string;
  readonly what: string;
  readonly floor: number;
  /** Undefined where reaching the floor is all that is wanted. */
  readonly aim: number | undefined;
  readonly better: 'less' | 'more';
  readonly unit: '' | 'ms';
}

export const goals: readonly Goal[] = [
  goal('bearer', 'bearer over plain HTTP, 32 connections, ÷ bare', 2.8, 2.2),
  goal('mtls', 'channel-bound (mTLS), 32 connections, ÷ bare', 3, 2.5),
  goal('dpop', 'proof per call (DPoP ES256), 32 connections, ÷ bare', 4.5, 3.8),
  more('sdk', 'calls a second ÷ MCP SDK v1 echo server, bearer, 32 connections', 1.5, 1.9),
  goal('one-p50', 'one connection: p50 over bare, less two flush probes, ÷ bare p50', 2, 1.3),
  goal('one-p99', 'one connection: p99 ÷ p50', 2.5, 2),
  goal('worker-paced', 'log worker at 300 calls/s, ÷ bare', 0.4, 0.2),
  goal('worker-full', 'log worker at full load, ÷ bare', 0.2, 0.1),
  goal('policy-3', 'policy that reads arguments: 3 rules, new question, ÷ bare', 0.12, 0.07),
  goal('policy-50', 'policy that reads arguments: 50 rules, new question, ÷ bare', 0.12, 0.07),
  goal('policy-500', 'policy that reads arguments: 500 rules, new question, ÷ bare', 0.17, 0.07),
  goal('flow-50', 'flow, every second call acts: task of 50 results, ÷ bare', 0.4, 0.2),
  goal('flow-2000', 'flow, every second call acts: task of 2,000 results, ÷ bare', 1.2, 0.4),
  goal('loop-delay', 'event-loop delay p99 at full load', 10, 5, 'ms'),
  goal('rules-block', 'loading 500 rules: longest block of the loop', 20, 5, 'ms'),
  goal('second-start', 'second start ÷ `node -e 0`', 60, 30),
  goal('memory', 'memory at the end of full load ÷ in its middle', 1.1, undefined),
  goal('disk', 'bytes written to disk ÷ bytes kept', 3, undefined),
  more('gateways', 'two gateways ÷ one, calls a second at 256 connections', 1.4, undefined),
];

function goal(
  key: string,
  what: string,
  floor: number,
  aim: number | undefined,
  unit: Goal['unit'] = '',
): Goal {
  return { key, what, floor, aim, better: 'less', unit };
}

function more(key: string, what: string, floor: number, aim: number | undefined): Goal {
  return { ...goal(key, what, floor, aim), better: 'more' };
}

export type Verdict = 'aim met' | 'floor met' | 'missed' | 'not measured';

/** By the middle of the rounds, not by the best of them. */
export function verdictOf(of: Goal, measured: Spread | undefined): Verdict {
  if (measured === undefined || !Number.isFinite(measured.median)) return 'not measured';
  const reaches = (bound: number) =>
    of.better === 'less' ? measured.median <= bound : measured.median >= bound;
  if (of.aim !== undefined && reaches(of.aim)) return 'aim met';
  if (!reaches(of.floor)) return 'missed';
  return of.aim === undefined ? 'aim met' : 'floor met';
}
