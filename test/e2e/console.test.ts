import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  builtConsole as built,
  type ConsoleBrowser,
  consoleThemes,
  hasChromium as there,
  hostileText as hostile,
  isRead,
  runAtRoot as ran,
  shot,
  startConsoleBrowser,
  violations,
} from './console-page.ts';
import type { TestAgent } from './instance.ts';
import { callTool } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';

if (!there) console.warn('SKIPPED: the console is not tested, chromium is not installed');

/** A dialog that has just gone still keeps keys for itself, for a moment. */
async function goNow(page: Page): Promise<void> {
  const now = page.getByRole('heading', { level: 1, name: 'Now' });
  await eventually(async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('n');
    return now.waitFor({ timeout: 1_000 }).then(
      () => true,
      () => false,
    );
  });
}

/** Where the cursor stands: a dialog that was asked for takes it a moment later. */
async function typed(page: Page, text: string): Promise<void> {
  await page.locator('input:focus, textarea:focus').waitFor();
  await page.keyboard.type(text);
}

describe('the console', () => {
  let browser: ConsoleBrowser;
  let world: RunningWorld;
  let agent: TestAgent;

  beforeAll(async () => {
    if (!there) return;
    browser = await startConsoleBrowser(() => world.instance);
    world = await startWorld();
    agent = await world.instance.enrolAgent('worker');
  }, 120_000);

  afterEach(() => browser?.closePages());

  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  const open: ConsoleBrowser['open'] = (...of) => browser.open(...of);

  let amount = 300;
  async function hold(to = 'bob'): Promise<{ approval: string; args: object; handle: string }> {
    amount += 1;
    const args = { to, amount };
    const held = await callTool(agent.fetch, world.gateway, 'fake.pay', args);
    expect(held.told?.code).toBe('approvals/pending');
    return { args, approval: String(held.told?.approval), handle: String(held.told?.handle) };
  }

  it.skipIf(!there)('is typed, and its first route is at most 250 kB of compressed code', () => {
    expect(ran('tsc', '-p', 'console')).toMatchObject({ status: 0 });
    const assets = join(built, 'assets');
    const code = readdirSync(assets).filter((name) => name.endsWith('.js'));
    const bytes = code.map((name) => gzipSync(readFileSync(join(assets, name))).length);
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(250_000);
    const html = readFileSync(join(built, 'index.html'), 'utf8');
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|\son\w+=|<style|https?:\/\//);
  });

  it.skipIf(!there)(
    'shows a held call whole, and a person approves it by mouse [APR-01]',
    async () => {
      const { approval, args, handle } = await hold(hostile);
      const page = await open('/');
      await page
        .getByRole('link', { name: /worker wants to call fake\/pay/ })
        .first()
        .waitFor();
      await page.getByRole('link', { name: 'Approvals' }).click();
      await page.locator(`a[href$="${approval}"]`).click();
      await page.getByRole('heading', { name: 'What would be sent' }).waitFor();
      expect(new URL(page.url()).pathname).toBe(`/console/approvals/${approval}`);
      const shown = await page.getByRole('region', { name: 'Arguments, whole' }).innerText();
      // As text, whole, and with a mark for what hides or turns round.
      expect(shown).toContain('<img src=x onerror=alert(1)>');
      for (const mark of ['U+202E', 'U+2066', 'U+E0041', 'U+200B']) expect(shown).toContain(mark);
      expect(shown).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B]/);
      expect(await page.locator('img').count()).toBe(0);
      await shot(page, 'approval-1440-light');
      expect(await page.getByRole('button', { name: 'Approve' }).isDisabled()).toBe(true);
      await page.getByLabel('Reason').fill('looked at the recipient');
      await page.getByRole('button', { name: 'Approve' }).click();
      await page.getByRole('status').getByText('The agent may make exactly this call').waitFor();
      await page.getByText('looked at the recipient').first().waitFor();
      const done = await callTool(agent.fetch, world.gateway, 'fake.pay', args, { handle });
      expect(done.text).toContain('paid');
      expect(browser.complaints).toEqual([]);
    },
  );

  it.skipIf(!there)(
    'tells beside a held call what its task did and what was said to the like, inert, and whose words are unverified [APR-15]',
    async () => {
      const before = await hold('somebody before');
      const no = { verdict: 'reject', reason: `not him ${hostile}` };
      await world.instance.admin.request('POST', `/v1/approvals/${before.approval}/decide`, no);
      const { approval } = await hold(`${hostile} next`);
      const path = `/v1/approvals/${approval}/beside`;
      const told = async () => JSON.stringify(await world.instance.admin.request('GET', path));
      await expect.poll(told, { timeout: 60_000 }).toContain('"became":"held"');
      const page = await open(`/approvals/${approval}`);
      await page.getByText('unverified: the agent’s own words').waitFor();
      const like = page.getByRole('region', { name: 'What was said to the like of it' });
      await like.getByText('not him').first().waitFor();
      const story = page.getByRole('region', { name: 'Before it, in the same task' });
      await story.getByText('fake/pay').first().waitFor();
      const text = await page.locator('main').innerText();
      expect(text).toContain('<img src=x onerror=alert(1)>');
      expect(text).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B]/);
      expect(await page.locator('main img, main script').count()).toBe(0);
      expect(browser.complaints).toEqual([]);
    },
  );

  it.skipIf(!there)(
    'shows what would stand otherwise, the old beside the new, inert, and what is not told [APR-15]',
    async () => {
      const { approval } = await hold('eve');
      const page = await open('/');
      const read = { from: 'crm/customer', call: 'c', at: new Date().toISOString() };
      await page.route(`**/v1/approvals/${approval}`, async (route) => {
        const response = await route.fetch();
        const before = [
          { argument: 'to', was: `"bob${hostile}"`, untold: null, becomes: '"eve"', ...read },
          { argument: 'amount', was: null, untold: 'guarded', becomes: '300', ...read },
        ];
        await route.fulfill({ response, json: { ...(await response.json()), before } });
      });
      await page.getByRole('link', { name: 'Approvals' }).click();
      await page.locator(`a[href$="${approval}"]`).click();
      const changes = page.getByRole('region', { name: 'What it would change' });
      await changes.getByText('becomes').first().waitFor();
      const text = await changes.innerText();
      expect(text).toContain('<img src=x onerror=alert(1)>');
      expect(text).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B]/);
      expect(text).toContain('not shown: it is secret');
      expect(await violations(page)).toEqual([]);
      await shot(page, 'approval-changes-1440-light');
      expect(browser.complaints).toEqual([]);
    },
  );

  it.skipIf(!there)(
    'folds what is long, and nobody approves it before it was opened, by keyboard too [APR-15]',
    async () => {
      const { approval } = await hold(`${'x'.repeat(5_000)} the end`);
      const page = await open(`/approvals/${approval}`);
      await page.getByLabel('Reason').fill('read it');
      const approve = page.getByRole('button', { name: 'Approve' });
      expect(await approve.isDisabled()).toBe(true);
      await page.getByText('Look at what stands above first.').waitFor();
      expect(await page.getByText('the end').count()).toBe(0);
      await page.getByRole('button', { name: /^Show all 5,\d+ characters$/ }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('region', { name: 'Arguments, whole' }).getByText('the end').waitFor();
      expect(await approve.isDisabled()).toBe(false);
      expect(browser.complaints).toEqual([]);
    },
  );

  it.skipIf(!there)(
    'lets a person reject by keyboard alone, and Enter decides nothing [APR-01]',
    async () => {
      const { approval } = await hold();
      const page = await open(`/approvals/${approval}`);
      await page.getByLabel('Reason').waitFor();
      await page.getByLabel('Reason').focus();
      await page.keyboard.type('not this one');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Approve');
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Reject');
      const before: Record<string, unknown> = await world.instance.admin.request(
        'GET',
        `/v1/approvals/${approval}`,
      );
      expect(before['state']).toBe('pending');
      await page.keyboard.press('Space');
      await page.getByRole('status').getByText('Rejected').waitFor();
      await page.getByRole('link', { name: 'everything on record' }).waitFor();
      expect(browser.complaints).toEqual([]);
    },
  );

  it.skipIf(!there)(
    'stops by two keys and releases by keyboard, and the gateway follows [OBS-04]',
    async () => {
      const page = await open('/agents');
      await page.getByRole('link', { name: 'worker' }).click();
      expect(new URL(page.url()).search).toBe('?agent=worker');
      const facts = page.locator('dl');
      for (const fact of ['ada@example.com', 'in production', 'in use, the newest']) {
        await facts.getByText(fact).waitFor();
      }
      await shot(page, 'agent-1440-light');
      await page.keyboard.press('Shift+S');
      const ofWorker = page.getByRole('dialog', { name: 'Stop the agent worker' });
      await ofWorker.waitFor();
      await page.keyboard.press('Escape');
      // Keys go nowhere else while a dialog is open.
      await ofWorker.waitFor({ state: 'hidden' });
      await page.keyboard.press('Control+K');
      await typed(page, 'stop');
      await page.keyboard.press('Enter');
      await ofWorker.waitFor();
      await page.keyboard.press('Escape');
      await ofWorker.waitFor({ state: 'hidden' });
      // Where no agent is shown it is all of them, and two keys alone are not enough.
      await goNow(page);
      await page.keyboard.press('Shift+S');
      const every = page.getByRole('dialog', { name: /^Stop every agent/ });
      await every.waitFor();
      await page.keyboard.press('Enter');
      expect(await every.isVisible()).toBe(true);
      await typed(page, 'too many calls');
      await page.keyboard.press('Enter');
      await page.getByRole('status').getByText('Stopped:').waitFor();
      await eventually(async () => {
        const refused = await callTool(agent.fetch, world.gateway, 'fake.pay', {
          to: 'x',
          amount: 1,
        });
        return refused.told?.code === 'stop/active';
      });
      await goNow(page);
      const release = page.getByRole('button', { name: 'Release…' });
      await release.waitFor();
      await shot(page, 'now-stopped-1440-light');
      await release.focus();
      await page.keyboard.press('Enter');
      await typed(page, 'a drill');
      await page.keyboard.press('Enter');
      await page.getByRole('status').getByText('Released:').waitFor();
      await page.getByText('Nothing is stopped').waitFor();
      await eventually(
        async () =>
          (await callTool(agent.fetch, world.gateway, 'fake.pay', { to: 'x', amount: 2 })).told
            ?.code === 'approvals/pending',
      );
      expect(browser.complaints).toEqual([]);
    },
  );

  it.skipIf(!there)(
    'finds what was refused by a link that says so, and shows the record with its proof [OBS-02]',
    async () => {
      const page = await open('/audit?view=refused-this-week');
      await page
        .getByRole('link', { name: 'refused this week' })
        .and(page.locator('[aria-current]'))
        .waitFor();
      const first = page
        .getByRole('listitem')
        .filter({ hasText: 'refused' })
        .getByRole('link')
        .first();
      await first.waitFor();
      await shot(page, 'audit-1440-light');
      await first.click();
      await page.getByRole('button', { name: 'Show the proof' }).click();
      await page.getByRole('region', { name: 'The proof' }).waitFor();
      expect(await page.getByRole('region', { name: 'The proof' }).innerText()).toContain('tlog');
      await shot(page, 'record-1440-light');
      expect(browser.complaints).toEqual([]);
    },
  );

  it.skipIf(!there).each(consoleThemes)(
    'breaks no rule of axe in the %s theme where a person decides or stops',
    async (theme) => {
      const { approval } = await hold();
      const page = await open('/', { theme });
      const found: string[] = [];
      await page.keyboard.press('g');
      await page.keyboard.press('p');
      await page.locator(`a[href$="${approval}"]`).click();
      await page.getByRole('heading', { name: 'Your decision' }).waitFor();
      await shot(page, `Approval-1440-${theme}`);
      found.push(...(await violations(page)));
      await page.getByRole('button', { name: 'Stop', exact: true }).click();
      await page.getByRole('dialog').waitFor();
      await shot(page, `Stop-1440-${theme}`);
      found.push(...(await violations(page)));
      expect(found).toEqual([]);
      expect(browser.complaints).toEqual([]);
    },
  );

  it.skipIf(!there)('needs no scrolling sideways at 320 pixels', async () => {
    const { approval } = await hold();
    const page = await open('/', { width: 320 });
    const wide: string[] = [];
    for (const screen of ['Now', 'Approvals', 'Audit', 'Agents']) {
      await page.getByRole('link', { name: screen }).first().click();
      await page.getByRole('heading', { level: 1, name: screen }).waitFor();
      await isRead(page);
      await shot(page, `${screen}-320-light`);
      if (await page.evaluate('document.documentElement.scrollWidth > innerWidth'))
        wide.push(screen);
    }
    await page.getByRole('link', { name: 'Approvals' }).click();
    await page.locator(`a[href$="${approval}"]`).click();
    await page.getByRole('heading', { name: 'Your decision' }).waitFor();
    if (await page.evaluate('document.documentElement.scrollWidth > innerWidth'))
      wide.push('Approval');
    expect(wide).toEqual([]);
    if (process.env['BAILIWICK_SCREENSHOTS'] === undefined) return;
    for (const theme of ['light', 'dark'] as const) {
      const small = await open('/', { width: 390, theme });
      for (const screen of ['Now', 'Approvals', 'Audit', 'Agents']) {
        await small.getByRole('link', { name: screen }).first().click();
        await small.getByRole('heading', { level: 1, name: screen }).waitFor();
        await isRead(small);
        await shot(small, `${screen}-390-${theme}`);
      }
      await small.getByRole('link', { name: 'Approvals' }).click();
      await small.locator(`a[href$="${approval}"]`).click();
      await small.getByRole('heading', { name: 'Your decision' }).waitFor();
      await shot(small, `Approval-390-${theme}`);
    }
  });
});

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it did not come to that');
}
