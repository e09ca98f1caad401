import { setTimeout as pause } from 'node:timers/promises';
import { rulesText } from './estate.ts';
import { everyHealth } from './health.ts';
import type { MeasureAsked, MeasureResult } from './measure-kind.ts';
import { figure } from './draw.ts';
import { spreadOf } from './statistics.ts';
import type { World } from './worlds.ts';

const rules = 500;
/** The gateway tells of windows of two seconds, each with a ping. */
const watchMs = 6_000;
const patienceMs = 60_000;
const everyMs = 500;

/** A gateway that rests hears of 500 rules: how long its loop let others wait. */
export async function measureRulesBlock(asked: MeasureAsked): Promise<MeasureResult> {
  const { worlds, rounds, say } = asked;
  const world = await worlds.gateway({ tools: rules, tag: 'rules' });
  const atRest = await longestMs(world, await configurationOf(world));
  const blocks: number[] = [];
  for (let round = 0; round < Math.min(3, rounds); round += 1) {
    say(`loading ${rules} rules, round ${round + 1}`);
    const before = await configurationOf(world);
    // Another text each time: what is known already is not loaded again.
    await world.instance.admin.request('POST', '/v1/documents', {
      kind: 'Policy',
      name: 'many',
      spec: { cedar: rulesText(rules, `round${round}-`) },
      reason: 'bench',
    });
    blocks.push(await longestMs(world, before + 1));
  }
  return {
    figures: { 'rules-block': spreadOf(blocks) },
    lines: [`longest block of the loop of a gateway that rests: ${figure(atRest)} ms`],
  };
}

async function configurationOf({ instance }: World): Promise<number> {
  const all = await everyHealth(instance);
  return Math.max(...all.map(({ configuration = 0 }) => configuration));
}

/** Until this configuration is in force, and the windows in which it came to be are told. */
async function longestMs(world: World, configuration: number): Promise<number> {
  const started = Date.now();
  let inForceAt: number | undefined;
  let longest: number | undefined;
  while (inForceAt === undefined || Date.now() < inForceAt + watchMs) {
    await pause(everyMs);
    for (const { loopDelayMaxUs } of await everyHealth(world.instance)) {
      if (loopDelayMaxUs !== undefined) longest = Math.max(longest ?? 0, loopDelayMaxUs / 1_000);
    }
    if ((await configurationOf(world)) >= configuration) inForceAt ??= Date.now();
    else if (Date.now() > started + patienceMs) throw new Error('the rules are not in force');
  }
  if (longest === undefined) throw new Error('the gateway does not tell how long its loop stood');
  return longest;
}
