import { setTimeout as later } from 'node:timers/promises';
import { type Control, lift } from './controls.ts';
import type { Ended, Framework, Running } from './framework.ts';
import type { FrameworkWorld, Json } from './world.ts';

/** What came of one control with one framework. */
export interface Lived {
  readonly framework: string;
  readonly control: string;
  readonly reached: readonly string[];
  /** Each `TYPE METHOD CODE`, or the effect where nothing was refused. */
  readonly records: readonly string[];
  /** Tool calls that were on record before and after they reached the server. */
  readonly intents: number;
  readonly outcomes: number;
  /** What the model read of its tools. */
  readonly read: readonly string[];
  readonly ended: Ended;
}

const outcome = 'policy.outcome tools/call';

interface Meeting {
  readonly framework: Framework;
  readonly running: Running;
  readonly control: Control;
  readonly world: FrameworkWorld;
  readonly agent: string;
}

export async function meet({ framework, running, control, world, agent }: Meeting): Promise<Lived> {
  const before = world.reached().length;
  const prompt = world.model.prepare(control.turns(world, agent));
  try {
    const ended = await running.run({ prompt, bearer: await world.bearer(agent) });
    const awaited = isAsked(control, framework) ? control.records : [];
    const reached = world.reached().slice(before);
    const isWhole = (lines: readonly string[]): boolean =>
      awaited.every((one) => lines.includes(one)) && countOf(lines, outcome) >= reached.length;
    const lines = await recordsWith(isWhole, () => world.recordsOf(agent));
    return {
      framework: framework.name,
      control: control.key,
      reached,
      records: [...new Set(lines)],
      intents: countOf(lines, 'policy.intent tools/call'),
      outcomes: countOf(lines, outcome),
      read: world.model.readBy(prompt),
      ended,
    };
  } finally {
    await lift(control, world);
  }
}

/** What a framework keeps to itself is not asked, and so on no record. */
export function isAsked({ isUnlisted }: Control, { asksForUnlisted }: Framework): boolean {
  return isUnlisted !== true || asksForUnlisted === true;
}

/** Records appear a moment after the answer. */
async function recordsWith(
  isWhole: (lines: readonly string[]) => boolean,
  ask: () => Promise<readonly Json[]>,
): Promise<readonly string[]> {
  for (let tries = 0; ; tries += 1) {
    const lines = (await ask()).map(lineOf);
    if (tries === 100 || isWhole(lines)) return lines;
    await later(50);
  }
}

const countOf = (lines: readonly string[], begins: string): number =>
  lines.filter((line) => line.startsWith(begins)).length;

function lineOf({ type, method, effect, refusal }: Json): string {
  const { code } = (refusal ?? {}) as Json;
  return [type, method, code ?? effect].map(String).join(' ');
}
