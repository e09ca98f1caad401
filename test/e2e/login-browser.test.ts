import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createControlClient } from '../../sdk/index.ts';
import { type CliAnswer, type CliPlace, runCli } from './cli.ts';
import { type Instance, startInstance } from './instance.ts';

const executablePath = '/usr/bin/chromium';
const there = existsSync(executablePath);
if (!there) console.warn(`SKIPPED: login by browser, ${executablePath} is not installed`);

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Finding {
  readonly id: string;
  readonly impact: string;
}

describe('a command line whose person signs in in the browser', () => {
  let home: string;
  let browser: Browser;
  let instance: Instance;
  let page: Page;
  let place: CliPlace;
  let credential: string;

  beforeAll(async () => {
    if (!there) return;
    home = mkdtempSync(join(tmpdir(), 'bailiwick-login-browser-'));
    instance = await startInstance({ credential: '' });
    place = { home: join(home, 'cli'), data: instance.data };
    browser = await chromium.launch({
      executablePath,
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run'],
      env: { ...process.env, HOME: home },
    });
    const context = await browser.newContext();
    page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const cdp = await context.newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    await setUp();
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await instance?.remove();
    if (home !== undefined) rmSync(home, { recursive: true, force: true });
  });

  /** Maria, with a passkey and, as a person at a terminal has it, a credential in a file. */
  async function setUp(): Promise<void> {
    await page.goto(readFileSync(join(instance.data, 'run', 'setup-link'), 'utf8').trim());
    await page.getByLabel('Your name').fill('maria');
    await page.getByRole('button', { name: 'Become admin' }).click();
    await page.getByText(/You are maria/).waitFor();
    const shown = (await page.locator('#credential-text').textContent()) ?? '';
    credential = /=(\S{44})$/.exec(shown)?.[1] ?? '';
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByText(/signs you in from now on/).waitFor();
    mkdirSync(place.home, { recursive: true });
    const kept = JSON.stringify({ [place.data]: credential });
    writeFileSync(join(place.home, 'credentials.json'), kept, { mode: 0o600 });
    const admin = createControlClient({ url: instance.console, credential });
    const spec = { acts: ['people'], amr: ['user'], within: '5m' };
    const stepUp = { kind: 'StepUp', name: 'people', spec, reason: 'x' };
    await admin.request('POST', '/v1/documents', stepUp);
  }

  /** What the keyboard comes by until it stands there. */
  async function tabTo(wanted: string): Promise<void> {
    for (let steps = 0; steps < 20; steps += 1) {
      await page.keyboard.press('Tab');
      const text = await page.evaluate('document.activeElement.textContent');
      if (String(text).trim() === wanted) return;
    }
    throw new Error(`no ${wanted}`);
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

  /** Starts it, and answers where it sends its person once it says so. */
  function begin(...args: string[]) {
    let told: (at: { url: string; code: string }) => void;
    const sent = new Promise<{ url: string; code: string }>((resolve) => (told = resolve));
    const done = runCli(place, args, '', (stderr) => {
      const url = /^ {2}(http:\S+)$/m.exec(stderr)?.[1];
      const code = /this one: (\S+)$/m.exec(stderr)?.[1];
      if (url !== undefined && code !== undefined) told({ url, code });
    });
    return { sent, done };
  }

  async function agree({ url, code }: { url: string; code: string }): Promise<void> {
    await page.goto(url);
    if (page.url().includes('/sign-in')) {
      await tabTo('With a passkey');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Sign in with a passkey' }).waitFor();
      await tabTo('Sign in with a passkey');
      await page.keyboard.press('Enter');
    }
    await page.getByRole('heading', { name: 'Let a command line act as you?' }).waitFor();
    await page.getByText(code).waitFor();
    expect(await serious()).toEqual([]);
    await tabTo('The codes are the same: agree');
    await page.keyboard.press('Enter');
  }

  const hidesItsSecret = ({ stdout, stderr }: CliAnswer): void => {
    const kept = readFileSync(join(place.home, 'sign-ins.json'), 'utf8');
    const [secret = 'no secret'] = /bwt_[\w-]{44}/.exec(kept) ?? [];
    expect(secret).toMatch(/^bwt_/);
    expect(stdout + stderr).not.toContain(secret);
    expect(stdout + stderr).not.toContain('bwt_');
  };

  it.skipIf(!there)(
    'does by it what a StepUp guards, and goes on by it until it ends [APR-12] [SYS-005] [IDN-19]',
    async () => {
      const add = ['person', 'add', 'bob', '--role', 'auditor', '--reason', 'x'];
      const plain = await runCli(place, [...add, '-o', 'json']);
      expect([plain.code, plain.json()]).toEqual([
        3,
        expect.objectContaining({
          code: 'api/step-up-required',
          suggestedAction: expect.stringContaining('--browser'),
        }),
      ]);
      const { sent, done } = begin(...add, '--browser', '-o', 'json');
      await agree(await sent);
      await page.getByRole('heading', { name: 'Go back to your command line' }).waitFor();
      const added = await done;
      expect([added.code, added.json()['name']]).toEqual([0, 'bob']);
      hidesItsSecret(added);
      const file = join(place.home, 'sign-ins.json');
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const again = ['person', 'set-roles', 'bob', '--role', 'approver', '--reason', 'x'];
      expect((await runCli(place, again)).code).toBe(0);
      const admin = createControlClient({ url: instance.console, credential });
      const person = 'maria';
      await admin.request('POST', '/v1/sessions/end', { person, reason: 'x' });
      // What is over is forgotten; whoever has a credential of their own goes on by that.
      expect((await runCli(place, ['person', 'list', '-o', 'json'])).code).toBe(0);
      expect(readFileSync(file, 'utf8')).toBe('{}');
    },
    60_000,
  );

  it.skipIf(!there)(
    'gets nothing where its person does not agree, also of another machine',
    async () => {
      const refused = begin('login', '--browser');
      const { url } = await refused.sent;
      await page.context().clearCookies();
      await page.goto(url);
      await page.getByRole('link', { name: 'With a passkey' }).click();
      await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
      await page.getByRole('button', { name: 'Do not agree' }).click();
      await page.getByRole('heading', { name: 'Nothing was given' }).waitFor();
      const told = await refused.done;
      expect([told.code, told.stderr]).toEqual([3, expect.stringContaining('did not agree')]);
      const elsewhere = begin('login', '--browser', '--elsewhere', '-o', 'json');
      const at = await elsewhere.sent;
      await page.goto(at.url);
      await page.getByRole('alert').getByText('may be on another machine').waitFor();
      await agree(at);
      await page.getByRole('heading', { name: 'Go back to your command line' }).waitFor();
      const done = await elsewhere.done;
      expect([done.code, done.json()]).toMatchObject([0, { name: 'maria', roles: ['admin'] }]);
      hidesItsSecret(done);
    },
    60_000,
  );
});
