import { afterAll, beforeAll, describe, it } from 'vitest';
import type { ForeignClient } from './client.ts';
import { expectGoodLife } from './good-life.ts';
import { buildGo, goClients, goIsThere } from './go-parts.ts';
import { nodeClients } from './node-clients.ts';
import { installPython, pythonClients, pythonIsThere } from './python-clients.ts';
import { live } from './scenario.ts';
import { installStrangers } from './strangers.ts';
import { type ClientWorld, startClientWorld } from './world.ts';

const isAsked = process.env['CI'] === 'true' || process.env['BAILIWICK_STRANGERS'] === 'all';
const found: ForeignClient[] = [];
const noNode = await installStrangers();
if (noNode === undefined) found.push(...nodeClients);
else console.warn(`NOT RUN: clients of Node: ${noNode}`);
const noPython = await whyNoPython();
if (noPython === undefined) found.push(...pythonClients);
else console.warn(`NOT RUN: clients of Python: ${noPython}`);

const noGo = isAsked || goIsThere() ? await buildGo() : 'set BAILIWICK_STRANGERS=all to build it';
if (noGo === undefined) found.push(...goClients);
else console.warn(`NOT RUN: the client of Go: ${noGo}`);

/** It takes a minute to install and a quarter of a gigabyte: CI and the soak do, whoever has it runs it. */
async function whyNoPython(): Promise<string | undefined> {
  if (!isAsked && !pythonIsThere()) return 'set BAILIWICK_STRANGERS=all to install them';
  return await installPython();
}

describe.runIf(found.length > 0)('an unmodified client', () => {
  let world: ClientWorld;
  beforeAll(async () => {
    world = await startClientWorld();
  });
  afterAll(() => world?.close());

  it.each(found)(
    '$name lists and calls, is told every refusal, and goes on after each of them [GOV-16, SYS-101]',
    async (client) => expectGoodLife(await live(client, world)),
    90_000,
  );
});
