import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildGo, goClients } from '../clients/go-parts.ts';
import { nodeClients } from '../clients/node-clients.ts';
import { installPython, pythonClients } from '../clients/python-clients.ts';
import { installStrangers } from '../clients/strangers.ts';
import { goServers } from './go-servers.ts';
import { type Cell, cellsOf } from './matrix.ts';
import { nodeServers } from './node-servers.ts';
import { matrixPage } from './page.ts';
import { noBrowser, playwright } from './playwright.ts';
import { pythonServers } from './python-servers.ts';

/** Minutes long: `./bailiwick soak` asks for it, and writes what it found into the docs. */
const isAsked = process.env['BAILIWICK_STRANGERS'] === 'all';
const folder = mkdtempSync(join(tmpdir(), 'bailiwick-matrix-'));
const page = join(import.meta.dirname, '../../docs/clients.md');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const clients = [...nodeClients, ...pythonClients, ...goClients];
const servers = [...nodeServers(folder), playwright(folder), ...pythonServers, ...goServers];

if (isAsked) {
  describe('every client before every server', () => {
    it('lists the same and is answered the same as directly [GOV-16, SYS-101]', async () => {
      const missing = [await installStrangers(), await installPython(), await buildGo(), noBrowser];
      expect(missing.filter((one) => one !== undefined)).toEqual([]);
      const cells: Cell[] = [];
      for (const server of servers) cells.push(...(await cellsOf(server, clients)));
      writeFileSync(page, matrixPage(cells));
      const bad = cells.filter(({ lists, same, asked }) => !lists || same < asked);
      expect(bad).toEqual([]);
    }, 1_200_000);
  });
} else {
  describe('every client before every server', () => {
    it('is written down as it was last found, with each of both named', () => {
      const written = readFileSync(page, 'utf8');
      expect([...clients, ...servers].filter(({ name }) => !written.includes(name))).toEqual([]);
      expect(written).not.toMatch(/other tools|does not connect|not tried/);
    });
  });
}
