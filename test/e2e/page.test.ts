import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createControlClient } from '../../sdk/index.ts';
import { type Instance, startInstance } from './instance.ts';

const executablePath = '/usr/bin/chromium';
const there = existsSync(executablePath);
if (!there) console.warn(`SKIPPED: the page is not tested, ${executablePath} is not installed`);

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

describe('the page', () => {
  let home: string;
  let browser: Browser;
  let instance: Instance;
  const contexts: BrowserContext[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    if (!there) return;
    home = mkdtempSync(join(tmpdir(), 'bailiwick-page-'));
    // A credential that nobody has: the set-up is the page's own work here.
    instance = await startInstance({ credential: '' });
    browser = await chromium.launch({
      executablePath,
      args: flags,
      env: { ...process.env, HOME: home },
    });
  }, 60_000);

  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
    complaints.splice(0);
  });

  afterAll(async () => {
    await browser?.close();
    await instance?.remove();
    if (home !== undefined) rmSync(home, { recursive: true, force: true });
  });

  async function open(url: string, scheme: 'light' | 'dark' = 'light'): Promise<Page> {
    const context = await browser.newContext({ colorScheme: scheme });
    contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on('pageerror', (fault) => complaints.push(String(fault)));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('401')) {
        complaints.push(message.text());
      }
    });
    await page.goto(url);
    return page;
  }

  /** By evaluation, which the page's own content policy does not reach. */
  async function serious(page: Page): Promise<string[]> {
    await page.evaluate(axe);
    const found: readonly Finding[] = await page.evaluate(
      `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
    );
    return found
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  }

  const link = () => readFileSync(join(instance.data, 'run', 'setup-link'), 'utf8').trim();

  it.skipIf(!there)('tells plainly that a link is wrong, and makes nobody an admin', async () => {
    const page = await open(`${instance.console}/#setup=${'A'.repeat(22)}`);
    await page.getByLabel('Your name').fill('eve');
    await page.keyboard.press('Enter');
    const message = page.getByRole('status');
    await message.getByText(/link is unknown, expired or used/).waitFor();
    expect(await page.locator('#credential').isVisible()).toBe(false);
    expect(await serious(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it.skipIf(!there)(
    'makes the first admin by keyboard alone, shows the credential once, and what is red [OBS-11]',
    async () => {
      const page = await open(link());
      expect(page.url()).not.toContain('setup=');
      expect(await serious(page)).toEqual([]);
      await page.keyboard.press('Tab');
      await page.keyboard.type('maria');
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Become admin');
      await page.keyboard.press('Enter');
      await page.getByRole('status').getByText('You are maria, admin').waitFor();
      await page.getByRole('heading', { name: 'Readiness' }).waitFor();
      const shown = await page.locator('#credential-text').innerText();
      const credential = /BAILIWICK_CREDENTIAL=([A-Za-z0-9_-]{44})/.exec(shown)?.[1];
      const admin = createControlClient({ url: instance.console, credential });
      const status: Record<string, unknown> = await admin.request('GET', '/v1/status');
      const rows = await page.locator('#readiness tr').allInnerTexts();
      const items = status['readiness'] as { item: string }[];
      expect(items.length).toBeGreaterThan(0);
      expect(rows.length).toBe(items.length);
      for (const { item } of items) expect(rows.some((row) => row.includes(item))).toBe(true);
      expect(await page.evaluate('document.activeElement.id')).toBe('credential-text');
      expect(await serious(page)).toEqual([]);
      await page.reload();
      expect(await page.content()).not.toContain(String(credential));
      expect(
        await page.evaluate('JSON.stringify([localStorage, sessionStorage, document.cookie])'),
      ).toBe('[{},{},""]');
      expect(complaints).toEqual([]);
      // The same link again is worth nothing.
      const again = await admin
        .request('POST', '/v1/setup', { link: 'A'.repeat(22), name: 'eve' })
        .catch((fault: { code: string }) => fault.code);
      expect(again).toBe('api/setup-link-invalid');
    },
  );

  it.skipIf(!there)('signs in by keyboard, and says no to a wrong credential', async () => {
    const page = await open(instance.console, 'dark');
    await page.keyboard.press('Tab');
    await page.keyboard.type('x'.repeat(44));
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('you are not signed in').waitFor();
    expect(await page.locator('#status').isVisible()).toBe(false);
    expect(await serious(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
