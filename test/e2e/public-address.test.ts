import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as plainRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DpopSession } from '@modelcontextprotocol/client';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { Agent, fetch as undiciFetch } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Keeper, secondSdk } from './oauth-node-clients.ts';
import { type OAuthClientsWorld, startOAuthClientsWorld } from './oauth-world.ts';
import { startTlsFront, type TlsFront } from './tls-front.ts';

const executablePath = '/usr/bin/chromium';
const there = existsSync(executablePath);
if (!there) console.warn(`SKIPPED: a public address in a browser, ${executablePath} is missing`);

type Json = Readonly<Record<string, unknown>>;

const [people, agents] = ['people.bailiwick.test', 'agents.bailiwick.test'] as const;

/** Binds its tokens to a key, as a provider of the second SDK does that has one. */
class BoundKeeper extends Keeper {
  readonly #session = DpopSession.create();

  dpop() {
    return this.#session;
  }
}

describe.skipIf(!there)('behind https of others, under names that people and clients know', () => {
  let front: TlsFront;
  let at: OAuthClientsWorld;
  let home: string;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let back: Server;
  let place: string;
  let gateway: string;
  /** Where the browser was sent with the answer to the client. */
  const answers: URL[] = [];
  let throughFront: typeof fetch;

  beforeAll(async () => {
    front = await startTlsFront([people, agents]);
    const args = ['--public-url', front.origin(people), '--public-gateway', front.origin(agents)];
    at = await startOAuthClientsWorld({ people: front.origin(people), args });
    front.to(people, at.world.instance.console);
    front.to(agents, at.world.instance.gateway);
    gateway = `${front.origin(agents)}/mcp`;
    home = mkdtempSync(join(tmpdir(), 'bailiwick-public-'));
    browser = await chromium.launch({
      executablePath,
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--host-resolver-rules=MAP *.bailiwick.test 127.0.0.1',
        '--ignore-certificate-errors',
      ],
      env: { ...process.env, HOME: home },
    });
    context = await browser.newContext();
    page = await context.newPage();
    page.setDefaultTimeout(15_000);
    back = createServer((request, response) => {
      if (request.url?.startsWith('/callback') === true) answers.push(new URL(request.url, place));
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<h1>Back at your program</h1>');
    });
    await new Promise<void>((resolve) => back.listen(0, '127.0.0.1', resolve));
    place = `http://127.0.0.1:${(back.address() as AddressInfo).port}/callback`;
    throughFront = fetchAt(front);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await at?.close();
    await front?.close();
    back?.closeAllConnections();
    back?.close();
    if (home !== undefined) rmSync(home, { recursive: true, force: true });
  });

  it('an unmodified client signs in its user, bound to its key, and every address is a public one [IDN-03] [IDN-19]', async () => {
    const keeper = new BoundKeeper(undefined, place);
    const sdk = secondSdk('auto', throughFront);
    await expect(sdk.connect(gateway, keeper)).rejects.toThrow(/unauthorized/i);
    const sentTo = keeper.sentTo ?? new URL('about:blank');
    expect(sentTo.origin).toBe(front.origin(people));
    expect(sentTo.searchParams.get('resource')).toBe(gateway);
    await page.goto(sentTo.href);
    await page.getByRole('link', { name: 'corp' }).click();
    await page.locator('input[name="login"]').fill('ann');
    await page.locator('input[name="password"]').fill('any');
    await page.locator('[type="submit"]').click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    await page.getByRole('heading', { name: 'Back at your program' }).waitFor();
    const [answer] = answers.splice(0);
    if (answer === undefined) throw new Error('the client heard nothing');
    expect(answer.searchParams.get('iss')).toBe(front.origin(people));
    await sdk.finish(gateway, keeper, answer);
    const desk = await sdk.connect(gateway, keeper);
    const told = await desk.call('fake__echo', { text: 'hi' });
    expect(told).toMatchObject({ isError: false, text: '{"text":"hi"}' });
    await desk.close();
    expect((await at.recordOf(told.record))['actors']).toMatchObject([
      { kind: 'human', name: 'ann' },
      { kind: 'agent', name: 'coder', binding: 'dpop' },
    ]);
  }, 60_000);

  it('cookies are of that host alone and never leave without https', async () => {
    const cookies = await context.cookies(front.origin(people));
    const ours = cookies.filter(({ name }) => name.includes('bailiwick'));
    expect(ours.length).toBeGreaterThan(0);
    for (const { name, secure, domain } of ours) {
      expect(name).toMatch(/^__Host-bailiwick/);
      expect({ secure, domain }).toEqual({ secure: true, domain: people });
    }
  });

  it('a passkey is of the public name [IDN-19]', async () => {
    await context.clearCookies();
    const cdp = await context.newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    await page.goto(`${front.origin(people)}/`);
    await page.getByLabel('Credential').fill(at.world.instance.credential);
    await page.getByRole('button', { name: 'Show status' }).click();
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page
      .getByRole('status')
      .getByText(/signs you in from now on/)
      .waitFor();
    const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
    expect(credentials).toMatchObject([{ rpId: people }]);
  }, 30_000);

  it('another host, or a page of another origin, is refused as before, and what proxies write is not believed', async () => {
    const { port } = new URL(front.origin(people));
    const status = (to: string, headers: Json) => statusAt(to, headers);
    const { console: control, gateway: here } = at.world.instance;
    for (const to of [control, new URL(here).origin]) {
      const name = `${to === control ? people : agents}:${port}`;
      const path = to === control ? '/sign-in' : '/.well-known/oauth-protected-resource/mcp';
      // Who brings no credential hears from a gateway nothing but that.
      const no = to === control ? 403 : 401;
      expect(await status(to + path, { host: name })).toBe(200);
      expect(await status(to + path, { host: `evil.test:${port}` })).toBe(no);
      expect(await status(to + path, { host: name.split(':')[0] })).toBe(no);
      const forwarded = { host: 'evil.test', 'x-forwarded-host': name };
      expect(await status(to + path, forwarded)).toBe(no);
      for (const origin of ['https://evil.test', `http://${name}`, 'null']) {
        expect(await status(to + path, { host: name, origin })).toBe(no);
      }
    }
  });

  it('status says where they come', async () => {
    const { readiness } = (await at.ask('GET', '/v1/status')) as { readiness: Json[] };
    const why = `control at ${front.origin(people)}, gateway at ${front.origin(agents)}`;
    expect(readiness).toContainEqual({ item: 'https', state: 'green', why });
  });
});

/** As a client of another machine: by name, and with the certificate of the front believed. */
function fetchAt(front: TlsFront): typeof fetch {
  const dispatcher = new Agent({
    connect: {
      ca: front.certificate,
      lookup: (_name, options, told) =>
        options.all === true
          ? told(null, [{ address: '127.0.0.1', family: 4 }])
          : told(null, '127.0.0.1', 4),
    },
  });
  return ((place: string, how: object) =>
    undiciFetch(place, { ...how, dispatcher })) as unknown as typeof fetch;
}

function statusAt(place: string, headers: Json): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = plainRequest(place, { headers: headers as Record<string, string> }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.on('error', reject);
    asked.end();
  });
}
