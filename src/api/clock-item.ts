import type { JsonObject } from '#kernel/json/value.ts';
import { clockJumpMs, isoTime } from '#kernel/time.ts';
import type { ClockJump } from '#planes/audit/index.ts';

interface Item {
  readonly item: 'clock';
  readonly state: 'red' | 'green';
  readonly why: string;
}

export interface ClocksSeen {
  readonly clockJump: () => ClockJump | undefined;
  /** What gateways said of themselves last. */
  readonly gateways: () => readonly JsonObject[];
}

/** Whether the clock of a machine was set while programs run, or two of them do not tell the same time. */
export function clockItem({ clockJump, gateways }: ClocksSeen): Item {
  const told = [...jumpOf('control', clockJump()), ...gateways().flatMap(ofGateway)];
  if (told.length === 0) {
    return { item: 'clock', state: 'green', why: 'no clock was set while these programs run' };
  }
  const what = told.join('; ');
  const why = `${what}: what ends by time does not live longer for it; look at the time service, then start again`;
  return { item: 'clock', state: 'red', why };
}

function ofGateway({ name, skewMs, clockJump }: JsonObject): readonly string[] {
  const who = typeof name === 'string' ? name : 'a gateway';
  const isOff = typeof skewMs === 'number' && Math.abs(skewMs) > clockJumpMs;
  return [
    ...jumpOf(who, clockJump as unknown as ClockJump | undefined),
    ...(isOff
      ? [`${who} is ${seconds(skewMs)} ${skewMs > 0 ? 'ahead of' : 'behind'} control`]
      : []),
  ];
}

function jumpOf(who: string, jump: ClockJump | undefined): readonly string[] {
  if (jump === undefined) return [];
  const { after, byMs } = jump;
  const way = byMs > 0 ? 'forward' : 'back';
  return [`the clock went ${way} by ${seconds(byMs)} at ${isoTime(after)} (${who})`];
}

function seconds(ms: number): string {
  return `${Math.round(Math.abs(ms) / 1_000)} s`;
}
