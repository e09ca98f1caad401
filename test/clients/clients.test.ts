import { afterAll, beforeAll, describe, it } from 'vitest';
import type { ForeignClient } from './client.ts';
import { expectGoodLife } from './good-life.ts';
import { nodeClients } from './node-clients.ts';
import { installPython, pythonClients, pythonIsThere } from './python-clients.ts';
import { live } from './scenario.ts';
import { installStrangers } from './strangers.ts';
import { type ClientWorld, startClientWorld } from './world.ts';

const found: ForeignClient[] = [];
const noNode = await installStrangers();
if (noNode === undefined) found.push(...nodeClients);
else console.warn(`NOT RUN: clients of Node: ${noNode}`);
const noPython = await whyNoPython();
if (noPython === undefined) found.push(...pythonClients);
else console.warn(`NOT RUN: clients of Python: ${noPython}`);

/** It takes a minute to install and a quarter of a gigabyte: CI and the soak do, whoever has it runs it. */
async function whyNoPython(): Promise<string | undefined> {
  const isAsked = process.env['CI'] === 'true' || process.env['BAILIWICK_STRANGERS'] === 'all';
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
