import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchange, fetchWith, tokenTypes } from '../e2e/exchange.ts';
import { callTool } from '../e2e/wire.ts';
import { type RunningWorld, startWorld } from '../e2e/world.ts';
import { installKeycloak, type Keycloak, startKeycloak } from './keycloak.ts';
import { clientSecret, realmsFor } from './realms.ts';

/** Java, Maven, half a gigabyte of memory and a minute: `./bailiwick soak` asks for it. */
const isAsked = process.env['BAILIWICK_STRANGERS'] === 'all';

type Json = Readonly<Record<string, unknown>>;

const estate = `
---
kind: Agent
name: coder
spec: { owner: ada@example.com, purpose: writes code, manifest: work, rate: { perMinute: 6000, burst: 1000 } }
---
kind: Entitlement
name: auditors
spec: { groups: [bailiwick-auditors], tools: [ { tool: fake/echo } ] }
`;

if (isAsked) {
  describe('people of a real Keycloak', () => {
    let world: RunningWorld;
    let keycloak: Keycloak;
    let browser: Browser;
    let folder: string;
    let home: string;

    beforeAll(async () => {
      const missing = await installKeycloak();
      if (missing !== undefined) throw new Error(missing);
      world = await startWorld(estate);
      home = world.instance.console.replace('127.0.0.1', 'localhost');
      keycloak = await startKeycloak((url) => realmsFor(url, home));
      await world.instance.admin.request('PUT', '/v1/secrets/kc', { value: clientSecret });
      await put({});
      folder = mkdtempSync(join(tmpdir(), 'bailiwick-keycloak-browser-'));
      browser = await chromium.launch({
        executablePath: '/usr/bin/chromium',
        args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run'],
        env: { ...process.env, HOME: folder },
      });
    }, 600_000);

    afterAll(async () => {
      await browser?.close();
      await keycloak?.stop();
      await world?.close();
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    });

    const ask = async (method: 'GET' | 'POST', path: string, body?: Json) =>
      (await world.instance.admin.request(method, path, body)) as Json;

    async function put(require: Json): Promise<void> {
      const oidc = {
        issuer: `${keycloak.url}/realms/corp`,
        clientId: 'bailiwick',
        clientSecret: 'kc',
        exchangeAudiences: ['bailiwick'],
        loopback: true,
      };
      const roles = [{ group: 'bailiwick-auditors', roles: ['auditor'] }];
      const spec = { oidc, roles, require };
      await ask('POST', '/v1/documents', { kind: 'IdentityProvider', name: 'kc', spec });
    }

    /** A browser of their own, through Keycloak's own pages; answers the page at which they end here. */
    async function signIn(as: string, over?: 'partner'): Promise<Page> {
      const page = await (await browser.newContext()).newPage();
      page.setDefaultTimeout(60_000);
      await page.goto(`${home}/sign-in/kc?return=%2Faccess`);
      if (over !== undefined) {
        await page.locator(`#social-${over}`).click();
        await page.waitForURL(/\/realms\/partner\//);
      }
      await page.locator('#username').fill(as);
      await page.locator('#password').fill(as);
      await page.locator('#kc-login').click();
      await page.waitForURL(({ origin }) => origin === home);
      return page;
    }

    const heading = (page: Page) => page.getByRole('heading', { level: 1 }).textContent();

    const records = async (type: string): Promise<readonly Json[]> => {
      const found = await ask('GET', `/v1/records?type=${type}&limit=100`);
      return (found['records'] as { record: Json }[]).map(({ record }) => record);
    };

    const signedIn = async (subject: string): Promise<Json | undefined> => {
      const all = await records('identity.signed-in');
      return all.find(({ actors }) => JSON.stringify(actors).includes(`${subject}@kc`));
    };

    it('sign in, and have the roles of their groups there [IDN-19] [SYS-014] [SYS-015]', async () => {
      expect(await heading(await signIn('ann'))).toBe('Who acts for you');
      await signIn('bob');
      const eventually = { timeout: 10_000 };
      await expect
        .poll(() => signedIn('ann'), eventually)
        .toMatchObject({
          details: {
            issuer: `${keycloak.url}/realms/corp`,
            roles: ['auditor'],
            groups: ['bailiwick-auditors'],
          },
        });
      await expect
        .poll(() => signedIn('bob'), eventually)
        .toMatchObject({ details: { roles: [], groups: [] } });
    }, 120_000);

    it('come from a SAML provider through Keycloak as broker, with the roles of their groups there [IDN-19]', async () => {
      expect(await heading(await signIn('carla', 'partner'))).toBe('Who acts for you');
      await expect
        .poll(() => signedIn('carla'), { timeout: 10_000 })
        .toMatchObject({ details: { roles: ['auditor'], groups: ['bailiwick-auditors'] } });
    }, 120_000);

    it('are held to the `acr` that Keycloak says, and asked for it [IDN-19]', async () => {
      await put({ acr: ['password'] });
      expect(await heading(await signIn('ann'))).toBe('Who acts for you');
      await put({ acr: ['hardware'] });
      const page = await signIn('ann');
      expect(await page.locator('code').textContent()).toBe('identity/weak-sign-in');
      await put({});
    }, 120_000);

    it('are signed out here when an admin signs them out there [IDN-04]', async () => {
      const page = await signIn('ann');
      expect(await heading(page)).toBe('Who acts for you');
      const [{ id }] = (await keycloak.admin('GET', '/corp/users?username=ann')) as [
        { id: string },
      ];
      await keycloak.admin('POST', `/corp/users/${id}/logout`);
      const now = async () => {
        await page.goto(`${home}/access`);
        return heading(page);
      };
      await expect.poll(now, { timeout: 15_000 }).toBe('Sign in');
    }, 120_000);

    it('sign in by a key that Keycloak has just begun to use', async () => {
      await keycloak.admin('POST', '/corp/components', {
        name: 'newer',
        providerId: 'rsa-generated',
        providerType: 'org.keycloak.keys.KeyProvider',
        config: { priority: ['200'], algorithm: ['RS256'] },
      });
      const now = async () => heading(await signIn('ann'));
      await expect.poll(now, { timeout: 60_000, interval: 3_000 }).toBe('Who acts for you');
    }, 180_000);

    it('are acted for by what their token is exchanged for, and by no token of another client [SYS-015]', async () => {
      const spec = { agent: 'coder', provider: 'kc', everyone: true, effects: ['read'] };
      await ask('POST', '/v1/documents', { kind: 'Exchange', name: 'coder-kc', spec });
      const agent = await world.instance.enrolAgent('coder');
      const { token, error } = await exchange(agent, await tokenOf('ann'), tokenTypes.access);
      expect(error).toBeUndefined();
      const answer = await callTool(fetchWith(agent, token), world.gateway, 'fake.echo', {
        text: 'hi',
      });
      expect(answer).toMatchObject({ status: 200, isError: false });
      // Of a realm that no document names.
      const foreign = await tokenOf('admin', 'master', 'admin-cli');
      expect((await exchange(agent, foreign, tokenTypes.access)).status).toBe(400);
    }, 120_000);

    async function tokenOf(as: string, realm = 'corp', client = 'desk'): Promise<string> {
      const at = `${keycloak.url}/realms/${realm}/protocol/openid-connect/token`;
      const fields = { grant_type: 'password', client_id: client, username: as, password: as };
      const got = await fetch(at, {
        method: 'POST',
        body: new URLSearchParams({ ...fields, scope: 'openid' }),
      });
      return ((await got.json()) as { access_token: string }).access_token;
    }
  });
} else {
  console.warn('NOT RUN: people of a real Keycloak; `./bailiwick soak` runs it');
  it('people of a real Keycloak are for the soak', () => {
    expect(isAsked).toBe(false);
  });
}
