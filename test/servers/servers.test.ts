import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { installPython, pythonIsThere } from '../clients/python-clients.ts';
import { installStrangers } from '../clients/strangers.ts';
import { nodeServers } from './node-servers.ts';
import { pythonServers } from './python-servers.ts';
import type { ForeignServer } from './server.ts';
import { askDirectly, askThrough, gatewayFor } from './trial.ts';

const folder = mkdtempSync(join(tmpdir(), 'bailiwick-servers-'));
const found: ForeignServer[] = [];
const noNode = await installStrangers();
if (noNode === undefined) found.push(...nodeServers(folder));
else console.warn(`NOT RUN: tool servers of Node: ${noNode}`);
const noPython =
  process.env['CI'] === 'true' || pythonIsThere() ? await installPython() : 'not installed';
if (noPython === undefined) found.push(...pythonServers);
else console.warn(`NOT RUN: tool servers of Python: ${noPython}`);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.runIf(found.length > 0)('an unmodified tool server', () => {
  it.each(found)(
    '$name shows and answers the same directly and through the gateway [TOL-04, GOV-16]',
    async (server) => {
      const direct = await askDirectly(server);
      const names = direct.tools.map(({ name }) => name);
      const gateway = await gatewayFor(server, names);
      try {
        const through = await askThrough(gateway.url, server);
        expect(through.tools).toEqual(direct.tools);
        expect(through.answers).toEqual(direct.answers);
      } finally {
        await gateway.close();
      }
    },
    90_000,
  );
});
