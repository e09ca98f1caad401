import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstSdk, Keeper } from './oauth-node-clients.ts';
import { type OAuthClientsWorld, startOAuthClientsWorld } from './oauth-world.ts';

const executablePath = '/usr/bin/chromium';
const there = existsSync(executablePath);
if (!there) console.warn(`SKIPPED: consent in a browser, ${executablePath} is not installed`);

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Finding {
  readonly id: string;
  readonly impact: string;
}

type Json = Readonly<Record<string, unknown>>;

/** What has the focus, as its user would call it. */
const focused = `(() => {
  const { tagName, name, value, textContent } = document.activeElement;
  return tagName === 'BUTTON' || tagName === 'A' ? textContent : [name, value].join(' ');
})()`;

describe('consent in a browser, by keyboard alone', () => {
  let home: string;
  let at: OAuthClientsWorld;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  /** The client's own place; the browser alone decides whether a form of ours may lead there. */
  let client: Server;
  let place: string;
  /** What the client of the first test keeps. */
  let keeper: Keeper;
  /** Where the browser was sent with the answer to the client. */
  const answers: URL[] = [];

  beforeAll(async () => {
    if (!there) return;
    home = mkdtempSync(join(tmpdir(), 'bailiwick-consent-'));
    at = await startOAuthClientsWorld();
    browser = await chromium.launch({
      executablePath,
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run'],
      env: { ...process.env, HOME: home },
    });
    context = await browser.newContext();
    page = await context.newPage();
    page.setDefaultTimeout(15_000);
    client = createServer((request, response) => {
      if (request.url?.startsWith('/callback') === true) answers.push(new URL(request.url, place));
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<h1>Back at your program</h1>');
    });
    await new Promise<void>((resolve) => client.listen(0, '127.0.0.1', resolve));
    place = `http://127.0.0.1:${(client.address() as AddressInfo).port}/callback`;
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await at?.close();
    client?.closeAllConnections();
    client?.close();
    if (home !== undefined) rmSync(home, { recursive: true, force: true });
  });

  /** What the keyboard comes by until it stands there. */
  async function tabTo(wanted: string): Promise<readonly string[]> {
    const passed: string[] = [];
    for (let steps = 0; steps < 20; steps += 1) {
      await page.keyboard.press('Tab');
      const now = String(await page.evaluate(focused));
      passed.push(now);
      if (now === wanted) return passed;
    }
    throw new Error(`no ${wanted} among ${passed.join(', ')}`);
  }

  async function signIn(of: Keeper): Promise<void> {
    await page.goto(String(of.sentTo));
    await tabTo('corp');
    await page.keyboard.press('Enter');
    await page.locator('input[name="login"]').waitFor();
    await page.keyboard.type('ann');
    await page.keyboard.press('Tab');
    await page.keyboard.type('any');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Continue' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Let “Desk” act for you?' }).waitFor();
  }

  async function serious(): Promise<readonly string[]> {
    await page.evaluate(axe);
    const found: readonly Finding[] = await page.evaluate(
      `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
    );
    return found
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id }) => id);
  }

  it.skipIf(!there)(
    'says who asks, is narrowed and given, and the client has no more than that [IDN-03]',
    async () => {
      keeper = new Keeper(undefined, place);
      const { gateway } = at.world;
      await expect(firstSdk.connect(gateway, keeper)).rejects.toThrow(/unauthorized/i);
      await signIn(keeper);
      expect(await page.getByRole('alert').textContent()).toContain('Nobody has verified');
      expect(await serious()).toEqual([]);
      expect(await tabTo('effect-write on')).toEqual(['effect-read on', 'effect-write on']);
      await page.keyboard.press('Space');
      expect((await tabTo('Allow')).length).toBe(2);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Back at your program' }).waitFor();
      const [answer] = answers.splice(0);
      if (answer === undefined) throw new Error('the client heard nothing');
      await firstSdk.finish(gateway, keeper, answer);
      const desk = await firstSdk.connect(gateway, keeper);
      expect(await desk.call('fake__echo', { text: 'hi' })).toMatchObject({ isError: false });
      expect(await desk.call('fake__note', { text: 'hi' })).toMatchObject({
        isError: true,
        text: expect.stringContaining('identity/not-consented'),
      });
      await desk.close();
    },
    60_000,
  );

  it.skipIf(!there)(
    'is seen and withdrawn at /access, and the client is refused [IDN-04]',
    async () => {
      await page.goto(`${at.control}/access`);
      await page.getByRole('heading', { name: 'Who acts for you' }).waitFor();
      expect(await serious()).toEqual([]);
      await tabTo('Withdraw');
      await page.keyboard.press('Enter');
      await page.getByText('Nobody.').waitFor();
      const { consents } = (await at.ask('GET', '/v1/consents?state=all')) as { consents: Json[] };
      expect(consents).toMatchObject([{ endedBy: 'ann@corp' }]);
      await expect(firstSdk.connect(at.world.gateway, keeper)).rejects.toThrow(/unauthorized/i);
    },
    60_000,
  );

  it.skipIf(!there)(
    'is asked for again of a client that nobody has verified, and a no goes back as one',
    async () => {
      const another = new Keeper(undefined, place);
      await expect(firstSdk.connect(at.world.gateway, another)).rejects.toThrow(/unauthorized/i);
      await page.goto(String(another.sentTo));
      await page.getByRole('heading', { name: 'Let “Desk” act for you?' }).waitFor();
      await tabTo('Do not allow');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Back at your program' }).waitFor();
      const [answer] = answers.splice(0);
      expect(answer?.searchParams.get('error')).toBe('access_denied');
      expect(answer?.searchParams.has('code')).toBe(false);
    },
    60_000,
  );

  it.skipIf(!there)(
    'is nobody’s any more once they have signed out by the form of that page',
    async () => {
      await page.goto(`${at.control}/sign-in`);
      await tabTo('Sign out');
      await page.keyboard.press('Enter');
      // Signed out here; the provider asks whether they are there too.
      await page.waitForURL((now) => now.origin !== at.control);
      await page.goto(`${at.control}/access`);
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    },
    60_000,
  );
});
