import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SmtpServer } from '../fakes/smtp-server.ts';
import { sayYes } from './say-yes.ts';
import { callTool } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';

const folder = mkdtempSync(join(tmpdir(), 'bailiwick-mail-'));
const server = new SmtpServer();
const soon = { timeout: 100_000 };
let world: RunningWorld;

beforeAll(async () => {
  const port = await server.open();
  const file = join(folder, 'exports.yaml');
  writeFileSync(
    file,
    `sinks:
  - name: approvers
    kind: mail
    server: smtp+plain://127.0.0.1:${port}
    from: bailiwick@example.com
    to: [ann@example.com]
    console: https://bailiwick.example
`,
  );
  world = await startWorld('', { args: ['--exports', file] });
}, 120_000);

afterAll(async () => {
  await world?.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const lettersAbout = (id: string) =>
  server.letters.filter(({ text }) => text.includes(`/console/approvals/${id}\n`));

describe('the first call that writes', () => {
  it('waits, and a mail arrives with a link and nothing of what it is [POL-24] [APR-16]', async () => {
    const agent = await world.instance.enrolAgent('worker');
    const held = await callTool(agent.fetch, world.gateway, 'fake.pay', { to: 'bob', amount: 77 });
    expect(held.told?.code).toBe('approvals/pending');
    const id = String(held.told?.approval);
    await expect.poll(() => lettersAbout(id).length, soon).toBe(1);
    const [letter] = lettersAbout(id);
    expect(letter).toMatchObject({ from: 'bailiwick@example.com', to: ['ann@example.com'] });
    for (const word of ['worker', 'fake', 'pay', 'bob', '77', String(held.told?.handle)]) {
      const text = letter?.text.replaceAll(/[0-9a-f-]{36,}/g, '') ?? word;
      expect(text).not.toContain(word);
    }
    // The link is where it is decided; the mail decides nothing.
    const shown = await world.instance.admin.request('GET', `/v1/approvals/${id}`);
    expect(shown['state']).toBe('pending');
  });

  it('is held and decided while the mail server is away, and the mail comes once it is back, whatever was decided', async () => {
    server.manners = 'away';
    const agent = await world.instance.enrolAgent('worker');
    const args = { to: 'bob', amount: 78 };
    const held = await callTool(agent.fetch, world.gateway, 'fake.pay', args);
    expect(held.told?.code).toBe('approvals/pending');
    await sayYes(world.instance.admin, held.told?.approval);
    const { handle = '' } = held.told ?? {};
    const done = await callTool(agent.fetch, world.gateway, 'fake.pay', args, { handle });
    expect(done.text).toContain('paid');
    expect(lettersAbout(String(held.told?.approval))).toEqual([]);
    server.manners = 'well';
    await expect.poll(() => lettersAbout(String(held.told?.approval)).length, soon).toBe(1);
  });
});
