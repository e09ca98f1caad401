import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installPython, pythonIsThere } from '../clients/python-clients.ts';
import { installStrangers } from '../clients/strangers.ts';
import { aiSdk } from './ai-sdk.ts';
import { bareAgent } from './bare-agent.ts';
import { type Control, controls } from './controls.ts';
import type { Framework, Running } from './framework.ts';
import { isAsked, type Lived, meet } from './meet.ts';
import { frameworksPage } from './page.ts';
import { pythonFrameworks } from './python-frameworks.ts';
import { type FrameworkWorld, startFrameworkWorld } from './world.ts';

const found: Framework[] = [bareAgent];
const noNode = await installStrangers();
if (noNode === undefined) found.push(aiSdk);
else console.warn(`NOT RUN: frameworks of Node: ${noNode}`);
const isSoak = process.env['BAILIWICK_STRANGERS'] === 'all';
const isPythonWanted = isSoak || process.env['CI'] === 'true' || pythonIsThere();
const noPython = isPythonWanted ? await installPython() : 'not installed';
if (noPython === undefined) found.push(...pythonFrameworks);
else console.warn(`NOT RUN: frameworks of Python: ${noPython}`);

const page = join(import.meta.dirname, '../../docs/frameworks.md');
const lived: Lived[] = [];
let world: FrameworkWorld;
const agentOf = ({ key }: Control, framework: Framework): string =>
  `${key}-${found.indexOf(framework)}`;

beforeAll(async () => {
  const pairs = controls.flatMap((control) => found.map((one) => agentOf(control, one)));
  world = await startFrameworkWorld(pairs);
});
afterAll(() => world?.close());

describe.each(found)('an agent on $name', (framework) => {
  let running: Running;
  beforeAll(async () => {
    running = await framework.start(world.doors);
  });
  afterAll(() => running?.close());

  it.each(controls)(
    'is held to the same by a scripted model: $name [GOV-16, SYS-101]',
    async (control) => {
      const agent = agentOf(control, framework);
      const one = await meet({ framework, running, control, world, agent });
      lived.push(one);
      if (typeof control.reaches !== 'number') expect(one.reached).toEqual(control.reaches);
      else expect(one.reached.length).toBeLessThanOrEqual(control.reaches);
      if (isAsked(control, framework)) {
        expect(one.records).toEqual(expect.arrayContaining([...control.records]));
      }
      // Nothing reaches the server that is not on record before and after.
      expect([one.intents, one.outcomes]).toEqual([one.reached.length, one.reached.length]);
    },
    90_000,
  );
});

describe('what differs between frameworks', () => {
  it.runIf(noNode === undefined && noPython === undefined)(
    'is written down as it was found [GOV-16]',
    () => {
      expect(lived).toHaveLength(found.length * controls.length);
      if (isSoak) writeFileSync(page, frameworksPage(found, lived));
      expect(readFileSync(page, 'utf8')).toBe(frameworksPage(found, lived));
    },
  );
});
