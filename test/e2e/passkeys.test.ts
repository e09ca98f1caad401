import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createControlClient } from '../../sdk/index.ts';
import { type Instance, startInstance } from './instance.ts';

const executablePath = '/usr/bin/chromium';
const there = existsSync(executablePath);
if (!there) console.warn(`SKIPPED: passkeys in a browser, ${executablePath} is not installed`);

interface SignInRequest {
  readonly body: string;
  readonly cookie: string;
}

describe('passkeys in a browser', () => {
  let home: string;
  let browser: Browser;
  let instance: Instance;
  let page: Page;
  let cdp: CDPSession;
  let authenticatorId: string;
  let credential: string;
  /** What the page sent to sign in, as somebody on the way would have it. */
  const sent: SignInRequest[] = [];

  beforeAll(async () => {
    if (!there) return;
    home = mkdtempSync(join(tmpdir(), 'bailiwick-passkeys-'));
    instance = await startInstance({ credential: '' });
    browser = await chromium.launch({
      executablePath,
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run'],
      env: { ...process.env, HOME: home },
    });
    const context = await browser.newContext();
    page = await context.newPage();
    page.setDefaultTimeout(15_000);
    page.on('request', (request) => {
      if (!request.url().endsWith('/passkeys/sign-in')) return;
      void request.allHeaders().then(({ cookie = '' }) => {
        sent.push({ body: request.postData() ?? '', cookie });
      });
    });
    cdp = await context.newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    const made = await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    ({ authenticatorId } = made);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await instance?.remove();
    if (home !== undefined) rmSync(home, { recursive: true, force: true });
  });

  const byName = () => instance.console.replace('127.0.0.1', 'localhost');
  const message = () => page.getByRole('status');

  async function says(words: RegExp): Promise<void> {
    await message().getByText(words).waitFor();
  }

  it.skipIf(!there)(
    'are enrolled over the setup link, by the name localhost [IDN-19]',
    async () => {
      const link = readFileSync(join(instance.data, 'run', 'setup-link'), 'utf8').trim();
      expect(new URL(link).hostname).toBe('localhost');
      await page.goto(link);
      await page.getByLabel('Your name').fill('maria');
      await page.getByRole('button', { name: 'Become admin' }).click();
      await says(/You are maria/);
      credential =
        /=(\S{44})$/.exec((await page.locator('#credential-text').textContent()) ?? '')?.[1] ?? '';
      await page.getByRole('button', { name: 'Add a passkey' }).click();
      await says(/signs you in from now on/);
      const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
      expect(credentials).toMatchObject([{ isResidentCredential: true, rpId: 'localhost' }]);
    },
  );

  it.skipIf(!there)('sign in, last over a reload, and are on record with how', async () => {
    await page.goto(byName());
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await says(/You are maria, admin/);
    await page.reload();
    await page.locator('#status-title').waitFor({ state: 'visible' });
    const admin = createControlClient({ url: instance.console, credential });
    const told = async () => JSON.stringify(await admin.request('GET', '/v1/records?limit=50'));
    await expect.poll(told, { timeout: 10_000 }).toContain('identity.signed-in');
  });

  it.skipIf(!there)(
    'lead back to where somebody was sent from, on our own pages alone, and out',
    async () => {
      await page.goto(`${byName()}/sign-in?return=/sign-in`);
      await page.getByRole('link', { name: 'With a passkey' }).click();
      await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
      await page.getByRole('heading', { name: 'You are signed in' }).waitFor();
      for (const away of ['//evil.example/', '/\\\\evil.example', 'https://evil.example']) {
        await page.goto(`${byName()}/?return=${encodeURIComponent(away)}`);
        await page.locator('#status-title').waitFor({ state: 'visible' });
        expect(page.url()).toBe(`${byName()}/`);
      }
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('button', { name: 'Sign in with a passkey' }).waitFor();
      await page.goto(`${byName()}/sign-in`);
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    },
  );

  it.skipIf(!there)('sign in nobody by what was sent before, or from another browser', async () => {
    await expect.poll(() => sent.length).toBeGreaterThan(0);
    const [{ body, cookie } = { body: '', cookie: '' }] = sent;
    for (const held of [cookie, '']) {
      const again = await fetch(`${instance.console}/passkeys/sign-in`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(held === '' ? {} : { cookie: held }) },
        body,
      });
      expect(again.status).toBe(401);
      expect(again.headers.getSetCookie()).toEqual([]);
    }
  });

  it.skipIf(!there)('have no home at a bare address, and the page says so', async () => {
    await page.goto(instance.console);
    await says(/by the name localhost/);
    expect(await page.getByRole('button', { name: 'Sign in with a passkey' }).isVisible()).toBe(
      false,
    );
  });

  it.skipIf(!there)('whose user the authenticator does not know sign in nobody', async () => {
    await page.evaluate('sessionStorage.clear()');
    await page.context().clearCookies();
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    await page.goto(byName());
    await page.evaluate('sessionStorage.clear()');
    await page.reload();
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await says(/./);
    expect(await page.locator('#status').isVisible()).toBe(false);
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
  });

  it.skipIf(!there)('that were copied sign in nobody, once the other has gone on', async () => {
    const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
    const [copy] = credentials;
    if (copy === undefined) throw new Error('no passkey there');
    await page.goto(byName());
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await says(/You are maria/);
    await cdp.send('WebAuthn.removeCredential', {
      authenticatorId,
      credentialId: copy.credentialId,
    });
    await cdp.send('WebAuthn.addCredential', {
      authenticatorId,
      credential: { ...copy, signCount: 0 },
    });
    await page.context().clearCookies();
    await page.evaluate('sessionStorage.clear()');
    await page.reload();
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await says(/there may be a copy of it/);
    expect(await page.locator('#status').isVisible()).toBe(false);
  });

  it.skipIf(!there)(
    'are listed and removed on the page, and sign in nobody from then on',
    async () => {
      await page.goto(byName());
      await page.getByLabel('Credential').fill(credential);
      await page.getByRole('button', { name: 'Show status' }).click();
      const list = page.getByRole('list', { name: 'Your passkeys' });
      await list.getByText(/this device, since .*, used last 2/).waitFor();
      await page.getByRole('button', { name: 'Remove "this device"' }).click();
      await says(/signs in nobody any more/);
      // The list is asked for anew once the answer is told.
      await expect.poll(() => list.getByRole('listitem').count()).toBe(0);
      await page.goto(byName());
      await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
      await says(/signs in nobody here/);
    },
  );
});
