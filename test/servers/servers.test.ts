import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildGo, goIsThere } from '../clients/go-parts.ts';
import { installPython, pythonIsThere } from '../clients/python-clients.ts';
import { installStrangers } from '../clients/strangers.ts';
import { goServers } from './go-servers.ts';
import { nodeServers } from './node-servers.ts';
import { noBrowser, playwright } from './playwright.ts';
import { pythonServers } from './python-servers.ts';
import type { ForeignServer } from './server.ts';
import { askDirectly, askThrough, gatewayFor } from './trial.ts';

const folder = mkdtempSync(join(tmpdir(), 'bailiwick-servers-'));
const found: ForeignServer[] = [];
const noNode = await installStrangers();
if (noNode === undefined) found.push(...nodeServers(folder));
else console.warn(`NOT RUN: tool servers of Node: ${noNode}`);
if (noNode === undefined && noBrowser === undefined) found.push(playwright(folder));
else console.warn(`NOT RUN: @playwright/mcp: ${noNode ?? noBrowser}`);
const isAsked = process.env['CI'] === 'true' || process.env['BAILIWICK_STRANGERS'] === 'all';
const noPython = isAsked || pythonIsThere() ? await installPython() : 'not installed';
if (noPython === undefined) found.push(...pythonServers);
else console.warn(`NOT RUN: tool servers of Python: ${noPython}`);
const noGo = isAsked || goIsThere() ? await buildGo() : 'not built';
if (noGo === undefined) found.push(...goServers);
else console.warn(`NOT RUN: tool servers of Go: ${noGo}`);

/** It begins as every picture of this kind does, and is whole enough to hold something. */
const png = {
  type: 'image',
  mimeType: 'image/png',
  data: expect.stringMatching(/^iVBORw0KGgo.{1000}/) as string,
};

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
        for (const [at, { sameMedia }] of server.calls.entries()) {
          if (sameMedia === true) expect(through.answers[at]).toContainEqual(png);
        }
      } finally {
        await gateway.close();
      }
    },
    90_000,
  );
});
