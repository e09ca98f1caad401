import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { looksWell } from './console-look.ts';
import {
  type ConsoleBrowser,
  hasChromium as there,
  hostileText,
  startConsoleBrowser,
} from './console-page.ts';
import type { TestAgent } from './instance.ts';
import { callTool } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';

if (!there) console.warn('SKIPPED: the console is not tested, chromium is not installed');

const shadow = `
---
kind: Policy
name: no-echo
spec:
  shadow: true
  cedar: |
    @id("echo-never")
    forbid(principal, action == Action::"fake/echo", resource);
`;

const freePay = `@id("pay-free")
permit(principal, action == Action::"fake/pay", resource);`;

describe('policies, as the console shows what they would do', () => {
  let browser: ConsoleBrowser;
  let world: RunningWorld;
  let worker: TestAgent;
  let change: string;
  let record: string;
  /** Who may look into what is sealed. */
  let pia: string;

  beforeAll(async () => {
    if (!there) return;
    browser = await startConsoleBrowser(() => world.instance);
    world = await startWorld(shadow);
    worker = await world.instance.enrolAgent('worker');
    const { admin } = world.instance;
    await admin.request('POST', '/v1/people', {
      name: 'grace',
      role: 'operator',
      reason: 'second',
    });
    const asked = { name: 'pia', roles: ['privacy', 'auditor'], reason: 'the test' };
    const added: Record<string, unknown> = await admin.request('POST', '/v1/people', asked);
    pia = String(added['credential']);
    for (const text of ['one', hostileText]) {
      const answer = await callTool(worker.fetch, world.gateway, 'fake.echo', { text });
      record = String(answer.record);
    }
    const held = await callTool(worker.fetch, world.gateway, 'fake.pay', { to: 'x', amount: 1 });
    expect(held.told?.code).toBe('approvals/pending');
    const documents = [{ kind: 'Policy', name: 'free', spec: { cedar: freePay } }];
    const answer: Record<string, unknown> = await admin.request('POST', '/v1/changes', {
      documents,
      reason: 'payments need nobody',
    });
    change = String((answer['review'] as Record<string, unknown>)['id']);
  }, 120_000);

  afterEach(() => browser?.closePages());

  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  it.skipIf(!there)(
    'try a call as it is and as proposed, by keyboard, with the nearest change and where a text is wrong [POL-04] [POL-07]',
    async () => {
      const page = await browser.open('/policies');
      await page.getByText('notes-forbidden', { exact: true }).waitFor();
      const ask = async (agent: string, target: string, args: string) => {
        await page.getByRole('combobox', { name: 'Agent' }).fill(agent);
        await page.getByLabel('Tool or model').fill(target);
        await page.getByLabel('Arguments').fill(args);
        await page.getByRole('button', { name: 'What would happen?' }).focus();
        await page.keyboard.press('Enter');
      };
      const told = page.getByRole('region', { name: 'Try a call' }).getByRole('status').first();
      await ask('worker', 'fake/note', '{ "text": "forbidden" }');
      await told.getByText('would be refused').waitFor();
      await told.getByRole('heading', { name: /nearest change/ }).waitFor();
      expect(await told.innerText()).toContain('notes-forbidden');
      // As proposed: its text is edited, and what would come of it stands beside what is.
      await page.getByLabel('With').selectOption('notes, edited');
      const text = page.getByLabel('Policy', { exact: true });
      const written = await text.inputValue();
      await text.fill(written.replace('"forbidden" }', '"another" }'));
      await ask('worker', 'fake/note', '{ "text": "forbidden" }');
      await told.getByText('The agent could do more than now.').waitFor();
      expect(await told.innerText()).toMatch(
        /Now[^]*would be refused[^]*As proposed[^]*would go on/,
      );
      await looksWell(page, 'Policies-tried');
      await text.fill('forbid(principal, action, resource) when {');
      await ask('worker', 'fake/note', '{}');
      await told.getByText('cannot be in force').waitFor();
      expect(await told.innerText()).toMatch(/notes, line \d+/);
      expect(browser.complaints).toEqual([]);
    },
    60_000,
  );

  it.skipIf(!there)(
    'tell what a policy in shadow would have answered otherwise [POL-07]',
    async () => {
      const differing = async () => {
        await callTool(worker.fetch, world.gateway, 'fake.echo', { text: 'again' });
        const path = '/v1/policies/shadow';
        const told: Record<string, unknown> = await world.instance.admin.request('GET', path);
        return Number(told['differing']);
      };
      // Counted by the gateway, and told with its ping.
      await expect.poll(differing, { timeout: 60_000 }).toBeGreaterThan(0);
      const page = await browser.open('/policies');
      const lines = page.getByRole('region', { name: 'What shadows would answer otherwise' });
      const line = lines.getByRole('row').filter({ hasText: 'fake/echo' });
      await line.waitFor();
      expect(await line.innerText()).toMatch(/worker[^]*goes on[^]*is refused[^]*echo-never[^]*\d/);
      expect(browser.complaints).toEqual([]);
    },
    90_000,
  );

  it.skipIf(!there)(
    'decide recorded calls again as if a change that waits were in force, with its progress, and name the result [POL-07]',
    async () => {
      const page = await browser.open(`/changes/${change}`, { credential: pia });
      await page.getByRole('link', { name: /Replay what was called/ }).click();
      await page.getByRole('heading', { level: 1, name: 'Replay' }).waitFor();
      // How far it is comes from the API, here in the middle of it.
      let looks = 0;
      await page.route('**/v1/policies/replay', async (route) => {
        const response = await route.fetch();
        const whole = (await response.json()) as Record<string, unknown>;
        await page.route('**/v1/policies/replays/one', (asked) =>
          (looks += 1) > 1
            ? asked.fulfill({ json: whole })
            : asked.fulfill({ json: { ...whole, running: { id: 'one', records: 7, of: 9 } } }),
        );
        await route.fulfill({ json: { ...whole, running: { id: 'one', records: 3, of: 9 } } });
      });
      await page.getByLabel('What for').fill('before I say yes');
      await page.keyboard.press('Enter');
      const told = page.getByRole('status');
      await told.getByText('One kind of call would have been answered otherwise.').waitFor();
      const changes = page.getByRole('region', { name: 'What would be answered otherwise' });
      const line = changes.getByRole('row').filter({ hasText: 'fake/pay' });
      expect(await line.innerText()).toMatch(
        /gets further[^]*worker[^]*held \(write\)[^]*allowed[^]*pay-free/,
      );
      expect(looks).toBe(2);
      await page.getByText('for whoever reviews the change').waitFor();
      await looksWell(page, 'Replay');
      await line.getByRole('link', { name: 'its record' }).click();
      await page.getByRole('heading', { name: 'Explained' }).waitFor();
      expect(browser.complaints).toEqual([]);
    },
    60_000,
  );

  it.skipIf(!there)(
    'show a record with a proof that the browser checks, in words, and says no where one letter is another [OBS-02]',
    async () => {
      const page = await browser.open(`/audit/${record}`);
      const show = page.getByRole('button', { name: 'Show the proof' });
      await show.focus();
      await page.keyboard.press('Enter');
      await page.getByText('Checked in this browser').waitFor();
      const steps = page.getByRole('list', { name: 'What was checked' }).getByRole('listitem');
      expect((await steps.allInnerTexts()).map((text) => text.startsWith('✓'))).toEqual([
        true,
        true,
        true,
      ]);
      await looksWell(page, 'Record-proved');
      // Somebody on the way shows another record than the log has.
      await page.route(`**/v1/records/${record}`, async (route) => {
        const response = await route.fetch();
        const text = await response.text();
        await route.fulfill({ response, body: text.replaceAll('fake/echo', 'fake/ecco') });
      });
      await page.goto(`${world.instance.console}/console/audit/${record}`);
      await page.getByLabel('Credential').fill(world.instance.credential);
      await page.keyboard.press('Enter');
      await show.click();
      await page.getByText('This could not be shown').waitFor();
      expect((await steps.allInnerTexts()).map((text) => text.startsWith('✓'))).toEqual([
        false,
        true,
        true,
      ]);
      expect(browser.complaints).toEqual([]);
    },
    60_000,
  );
});
