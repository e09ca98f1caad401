import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type ConsoleBrowser,
  consoleThemes,
  hasChromium as there,
  hostileText,
  isRead,
  isShooting,
  shot,
  startConsoleBrowser,
  violations,
} from './console-page.ts';
import { looksWell } from './console-look.ts';
import type { TestAgent } from './instance.ts';
import { callTool } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';

if (!there) console.warn('SKIPPED: the console is not tested, chromium is not installed');

/** What others may write wherever they may write anything. */
const corpus = [
  hostileText,
  '<script>alert(1)</script><a href="javascript:alert(1)">x</a>',
  '\u202Eright to left\u202C \u0645\u0631\u062D\u0628\u0627 \u05E9\u05DC\u05D5\u05DD',
  '\u001b[31mred\u001b[0m',
  `unbroken${'x'.repeat(600)}`,
].join(' ');

const screens = [
  'Now',
  'Approvals',
  'Overrides',
  'Audit',
  'Tasks',
  'Agents',
  'Tools',
  'Credentials',
  'Policies',
  'Changes',
  'People',
  'System',
  'Settings',
] as const;

interface Activity {
  readonly waiting: { readonly count: number };
  readonly reviewers: readonly { readonly by: string }[];
}

const patient = { timeout: 60_000 };

describe('the screens of the console', () => {
  let browser: ConsoleBrowser;
  let world: RunningWorld;
  let agent: TestAgent;
  let grace: string;
  let change: string;
  let approval: string;

  beforeAll(async () => {
    if (!there) return;
    browser = await startConsoleBrowser(() => world.instance);
    world = await startWorld();
    const { admin } = world.instance;
    agent = await world.instance.enrolAgent('worker');
    const body = { name: 'grace', role: 'operator', reason: 'the second person' };
    const added: Record<string, unknown> = await admin.request('POST', '/v1/people', body);
    grace = String(added['credential']);
    change = await askForChange('side');
    world.upstream.setDescription('echo', `does echo, and more. ${corpus}`);
    // What a person must decide is preceded by a look at its server, which sees the other tool too.
    approval = await hold(corpus);
    await vi.waitFor(async () => expect(await echo()).toBe('tools/quarantined'), patient);
  }, 120_000);

  afterEach(() => browser?.closePages());

  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  /** By grace, who operates: a manifest that lets a new agent pay, for reasons that nobody should believe. */
  async function askForChange(name: string): Promise<string> {
    const documents = [
      { kind: 'Manifest', name, spec: { tools: [{ tool: 'fake/pay' }] } },
      {
        kind: 'Agent',
        name: `${name}-bot`,
        spec: { owner: 'grace', purpose: corpus, manifest: name },
      },
    ];
    const response = await fetch(`${world.instance.console}/v1/changes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${grace}`, 'content-type': 'application/json' },
      body: JSON.stringify({ documents, reason: `please ${hostileText}` }),
    });
    const answer = (await response.json()) as { review?: { id: string } | null };
    expect([response.status, answer]).toEqual([
      200,
      expect.objectContaining({ review: expect.anything() }),
    ]);
    return answer.review?.id ?? '';
  }

  const echo = async () =>
    (await callTool(agent.fetch, world.gateway, 'fake.echo', { text: 'x' })).told?.code;

  let amount = 300;
  async function hold(to: string): Promise<string> {
    amount += 1;
    const held = await callTool(agent.fetch, world.gateway, 'fake.pay', { to, amount });
    expect(held.told?.code).toBe('approvals/pending');
    return String(held.told?.approval);
  }

  /** The index of records follows the logs: it is asked until it has what a screen is to show. */
  async function indexed(id: string, ...types: readonly string[]): Promise<void> {
    const path = `/v1/audit/records?q=approval:${id}`;
    const told = async () => JSON.stringify(await world.instance.admin.request('GET', path));
    for (const type of types) await expect.poll(told, patient).toContain(`"type":"${type}"`);
  }

  const status = (page: Page, text: string) =>
    page.getByRole('status').getByText(text).first().waitFor();

  /** Nothing that others wrote is markup, hides or reorders; the page scrolls in no direction but down. */
  async function isInert(page: Page): Promise<void> {
    expect(await page.locator('main img, main script, main a[href^="javascript"]').count()).toBe(0);
    const text = await page.locator('main').innerText();
    expect(text).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B\u001b]/);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  }

  /** By its link, as a person goes there; where there is room for few, by the list of all. */
  async function goTo(page: Page, screen: string): Promise<void> {
    const rail = page.getByRole('navigation', { name: 'Console' });
    const link = rail.getByRole('link', { name: screen }).first();
    if (await link.isVisible()) await link.click();
    else {
      await rail.getByRole('button', { name: 'More' }).click();
      const all = page.getByRole('dialog', { name: 'All screens' });
      await all.getByRole('link', { name: screen, exact: true }).click();
    }
    await page.getByRole('heading', { level: 1, name: screen }).waitFor();
    await isRead(page);
  }

  it.skipIf(!there).each(consoleThemes)(
    'break no rule of axe in the %s theme, hold at 1440 and 320 pixels, and keep what others wrote inert [OBS-02] [APR-15]',
    async (theme) => {
      await indexed(approval, 'gateway.held');
      const page = await browser.open('/', { theme });
      const found: string[] = [];
      const look = async (name: string) => {
        await isRead(page);
        await shot(page, `${name}-1440-${theme}`);
        const rules = theme === 'light' ? 'all' : 'colour';
        found.push(...(await violations(page, rules)).map((one) => `${name}: ${one}`));
        if (isShooting) {
          await page.setViewportSize({ width: 390, height: 844 });
          await shot(page, `${name}-390-${theme}`);
        }
        // Where things stand is the same in every theme.
        if (theme === 'light') {
          await isInert(page);
          // A screen of 1440 at 200 %, and one of 1280 at 400 %.
          await page.setViewportSize({ width: 720, height: 450 });
          await isInert(page);
          await page.setViewportSize({ width: 320, height: 640 });
          await isInert(page);
        }
        await page.setViewportSize({ width: 1440, height: 900 });
      };
      for (const screen of screens) {
        await goTo(page, screen);
        await look(screen);
      }
      await goTo(page, 'Tools');
      await page.getByRole('link', { name: 'fake/echo' }).first().click();
      await page.getByRole('heading', { name: 'What changed' }).waitFor();
      await look('Tool');
      await goTo(page, 'Changes');
      await page.locator(`a[href$="${change}"]`).click();
      await page.getByRole('heading', { name: 'What would come of it' }).waitFor();
      await look('Change');
      await goTo(page, 'Tasks');
      await page.getByRole('link', { name: 'worker' }).first().click();
      await page.getByRole('heading', { name: 'Its story' }).waitFor();
      await look('Task');
      await goTo(page, 'Audit');
      await page
        .getByRole('textbox', { name: 'Question' })
        .fill(`approval:${approval} action:gateway.held`);
      await page.keyboard.press('Enter');
      await page
        .getByRole('list')
        .getByRole('link', { name: /fake\/pay/ })
        .first()
        .click();
      await page.getByRole('heading', { name: 'Explained' }).waitFor();
      await look('Explained');
      await page.setViewportSize({ width: 320, height: 640 });
      await page.getByRole('button', { name: 'More' }).click();
      await page.getByRole('dialog', { name: 'All screens' }).waitFor();
      found.push(...(await violations(page)).map((one) => `More: ${one}`));
      expect(found).toEqual([]);
      expect(browser.complaints).toEqual([]);
    },
    120_000,
  );

  it.skipIf(!there)(
    'reject a changed tool by keyboard: it stays shut, and lists say who and why [TOL-07]',
    async () => {
      const page = await browser.open('/tools');
      await page.getByRole('link', { name: 'fake/echo' }).first().focus();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'What changed' }).waitFor();
      await page.getByLabel('Reason').focus();
      await page.keyboard.type(`not before Monday ${hostileText}`);
      const reject = page.getByRole('button', { name: 'Reject', exact: true });
      // Nobody has to accept its findings to say no.
      await reject.focus();
      await page.keyboard.press('Space');
      await status(page, 'Rejected. It stays shut, and lists say so.');
      await page.getByText('not before Monday').first().waitFor();
      await isInert(page);
      expect(await echo()).toBe('tools/quarantined');
      const told: Record<string, unknown> = await world.instance.admin.request('GET', '/v1/tools');
      expect(told['tools']).toContainEqual(
        expect.objectContaining({
          tool: 'echo',
          state: 'rejected',
          rejected: expect.objectContaining({ reason: `not before Monday ${hostileText}` }),
        }),
      );
      expect(browser.complaints).toEqual([]);
    },
  );

  it.skipIf(!there)(
    'tell who reviewed, how many and with which share of yes, as the server counted them [APR-03] [OBS-07]',
    async () => {
      for (const [to, verdict] of [
        ['ann', 'reject'],
        ['bob', 'reject'],
      ] as const) {
        const id = await hold(to);
        const body = { verdict, reason: 'looked at it' };
        await world.instance.admin.request('POST', `/v1/approvals/${id}/decide`, body);
      }
      const path = '/v1/approvals/activity';
      const told = (await world.instance.admin.request('GET', path)) as unknown as Activity;
      const [one] = told.reviewers;
      expect(one).toMatchObject({ no: 2, yes: 0, shareOfYes: 0 });
      const page = await browser.open('/approvals');
      const panel = page.getByRole('region', { name: 'Who reviewed' });
      const row = panel.getByRole('row').filter({ hasText: one?.by ?? '?' });
      await row.waitFor();
      expect(await row.getByRole('cell').allInnerTexts()).toEqual([
        '0',
        '2',
        '0 %',
        expect.any(String),
        expect.any(String),
      ]);
      await page.getByText(`${told.waiting.count} waiting, the oldest for`).waitFor();
      expect(await violations(page)).toEqual([]);
      expect(browser.complaints).toEqual([]);
    },
  );

  it.skipIf(!there)(
    'show a changed tool beside what was approved, with what hides in it, and a person approves exactly that [TOL-07] [OBS-06]',
    async () => {
      const page = await browser.open('/tools');
      await page.getByRole('link', { name: 'fake/echo' }).first().click();
      const changed = page.getByRole('region', { name: 'Both versions' });
      await changed.getByText('does echo', { exact: true }).first().waitFor();
      const told = await changed.innerText();
      expect(told).toContain('As approved');
      for (const mark of ['U+202E', 'U+2066', 'U+E0041', 'U+200B', 'U+001B'])
        expect(told).toContain(mark);
      const approve = page.getByRole('button', { name: 'Approve exactly this' });
      await page.getByLabel('Reason').fill('it is the new version, and it still only echoes');
      expect(await approve.isDisabled()).toBe(true);
      await page.getByRole('checkbox', { name: /approve it all the same/ }).focus();
      await page.keyboard.press('Space');
      await approve.click();
      await status(page, 'Approved. It can be called as it is defined now.');
      await page.getByText('It is as somebody approved it.').waitFor();
      await expect.poll(echo, patient).toBeUndefined();
      expect(browser.complaints).toEqual([]);
    },
  );

  it.skipIf(!there)(
    'show a risky change in sentences, which another person approves by keyboard, and its author cannot [TOL-07] [LIF-14]',
    async () => {
      const own = await browser.open(`/changes/${change}`, { credential: grace });
      await own.getByLabel('Reason').fill('I want it');
      await own.getByRole('button', { name: 'Approve', exact: true }).click();
      await own.getByRole('alert').filter({ hasText: /\S/ }).waitFor();
      const page = await browser.open('/');
      await page.keyboard.press('g');
      await page.keyboard.press('c');
      await page.locator(`a[href$="${change}"]`).focus();
      await page.keyboard.press('Enter');
      await page.getByText('gives more').first().waitFor();
      const asked = page.getByRole('region', { name: 'Manifest side, as asked for' });
      await asked.getByText('fake/pay').waitFor();
      await page.getByLabel('Reason').focus();
      await page.keyboard.type('grace answers for it');
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Approve');
      await page.keyboard.press('Space');
      await status(page, 'Approved. It is in force.');
      await page.keyboard.press('g');
      await page.keyboard.press('a');
      await page.getByRole('link', { name: 'side-bot' }).waitFor();
      expect(browser.complaints).toEqual([expect.stringContaining('403')]);
    },
  );

  it.skipIf(!there)(
    'explain a call from its record in sentences: who, each gate, which rule, which person [OBS-07] [AUD-15]',
    async () => {
      const reason = 'looked at the amount';
      const body = { verdict: 'reject', reason };
      const id = await hold('carol');
      await world.instance.admin.request('POST', `/v1/approvals/${id}/decide`, body);
      await indexed(id, 'gateway.held', 'approval.requested', 'approval.rejected');
      const page = await browser.open(`/audit?q=approval:${id} action:gateway.held`);
      await page
        .getByRole('list')
        .getByRole('link', { name: /fake\/pay/ })
        .first()
        .click();
      const explained = page.getByRole('region', { name: 'Explained' });
      await explained.getByRole('list', { name: 'What each gate said' }).waitFor();
      const told = await explained.innerText();
      for (const sentence of [/worker/, /builtin\/write/, new RegExp(`ada.*${reason}`)]) {
        expect(told).toMatch(sentence);
      }
      // A gate behind the one that ended it says that it was not asked.
      expect(told).toContain('not asked');
      await page.getByRole('link', { name: 'everything in this task' }).click();
      await page.getByRole('heading', { name: 'Its story' }).waitFor();
      expect(browser.complaints).toEqual([]);
    },
  );

  it.skipIf(!there)(
    'show an override red until somebody other than its giver has looked at it, there, by keyboard, and a call under it as one [POL-08] [OBS-02]',
    async () => {
      const { admin } = world.instance;
      const body = { agent: 'worker', target: 'fake/pay', forSeconds: 600, reason: 'incident 41' };
      const { id } = (await admin.request('POST', '/v1/overrides', body)) as { id: string };
      amount += 1;
      const paid = { to: 'under an override', amount };
      const went = await callTool(agent.fetch, world.gateway, 'fake.pay', paid);
      expect(went.isError).toBe(false);
      await indexed(id, 'override.given', 'policy.intent');
      const own = await browser.open('/overrides');
      const given = own.getByRole('listitem').filter({ hasText: 'incident 41' });
      await given.getByText('to be reviewed').waitFor();
      // Whoever gave it is offered no look at it; the API refuses it too.
      expect(await given.getByRole('button', { name: 'Review…' }).count()).toBe(0);
      const page = await browser.open('/', { credential: grace });
      await page.getByRole('link', { name: '1 override' }).waitFor();
      await page.keyboard.press('g');
      await page.keyboard.press('v');
      await page.getByRole('heading', { level: 1, name: 'Overrides' }).waitFor();
      const row = page.getByRole('listitem').filter({ hasText: 'incident 41' });
      await row.getByRole('button', { name: 'Review…' }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.type('the incident was real');
      await page.keyboard.press('Enter');
      await status(page, 'Reviewed.');
      await row.getByText('reviewed by grace').waitFor();
      await looksWell(page, 'Override reviewed');
      await row.getByRole('link', { name: 'What went on under it' }).click();
      await page
        .getByRole('list')
        .getByRole('link', { name: /worker.*fake\/pay/ })
        .first()
        .click();
      const explained = page.getByRole('region', { name: 'Explained' });
      await explained
        .getByText(/under an override.*nobody was asked/)
        .first()
        .waitFor();
      await explained.getByRole('link', { name: /^Overrides/ }).waitFor();
      await admin.request('POST', `/v1/overrides/${id}/end`, { reason: 'it is over' });
      expect(browser.complaints).toEqual([]);
    },
    60_000,
  );

  it.skipIf(!there)(
    'follow what happens without being asked, and no row moves under a pointer [OBS-07]',
    async () => {
      const page = await browser.open('/approvals');
      await page.getByText('Live', { exact: true }).waitFor();
      const rows = page.getByRole('region', { name: 'Approvals' }).getByRole('row');
      await rows.nth(1).waitFor();
      const before = await rows.allInnerTexts();
      const asked: string[] = [];
      page.on('request', (request) => asked.push(new URL(request.url()).pathname));
      await hold('dave');
      const show = page.getByRole('button', { name: '1 new: show' });
      await show.waitFor();
      expect((await rows.allInnerTexts()).length).toBe(before.length);
      expect(asked).not.toContain('/v1/events');
      await show.click();
      await expect.poll(async () => (await rows.allInnerTexts()).length).toBe(before.length + 1);
      expect(browser.complaints).toEqual([]);
    },
  );

  it.skipIf(!there)('show an owner what is theirs, and ask for nothing that is not', async () => {
    const body = { name: 'olga', role: 'owner', reason: 'owns an agent' };
    const added: Record<string, unknown> = await world.instance.admin.request(
      'POST',
      '/v1/people',
      body,
    );
    const page = await browser.open('/', { credential: String(added['credential']) });
    for (const screen of ['Approvals', 'Tasks', 'Agents', 'Settings']) {
      await goTo(page, screen);
      expect(await page.getByText('could not be read').count()).toBe(0);
    }
    const rail = page.getByRole('navigation', { name: 'Console' });
    expect(await rail.getByRole('link').count()).toBe(4);
    expect(browser.complaints).toEqual([]);
  });

  it.skipIf(!there)('try a call and say by which rule, and find everything by name', async () => {
    const page = await browser.open('/tools/one?server=fake&tool=note');
    await page.getByLabel('Agent').fill('worker');
    await page.getByLabel('Arguments').fill('{ "text": "forbidden" }');
    await page.getByRole('button', { name: 'What would happen?' }).click();
    await page.getByRole('status').getByText('would be refused').waitFor();
    expect(await page.getByRole('region', { name: 'Why' }).innerText()).toContain(
      'notes-forbidden',
    );
    await page.keyboard.press('Control+K');
    await page.keyboard.type('worker wants to call');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'What would be sent' }).waitFor();
    expect(browser.complaints).toEqual([]);
  });

  it.skipIf(!there)(
    'keep whoever signed in by a passkey over a reload and in another tab, by a cookie that no script reads [IDN-19]',
    async () => {
      const page = await browser.openBare();
      const cdp = await page.context().newCDPSession(page);
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
      const home = world.instance.console.replace('127.0.0.1', 'localhost');
      await page.goto(home);
      await page.getByLabel('Credential').fill(world.instance.credential);
      await page.getByRole('button', { name: 'Show status' }).click();
      await page.getByRole('button', { name: 'Add a passkey' }).click();
      await page.getByText(/signs you in from now on/).waitFor();
      await page.goto(`${home}/console/people`);
      await page.getByRole('link', { name: 'Sign in with a passkey' }).click();
      await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
      await page.getByRole('heading', { level: 1, name: 'People' }).waitFor();
      await page.reload();
      await page.getByRole('heading', { level: 1, name: 'People' }).waitFor();
      const other = await page.context().newPage();
      await other.goto(`${home}/console/settings`);
      await other.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
      expect(await other.evaluate('document.cookie')).toBe('');
      await other.getByRole('main').getByRole('button', { name: 'Sign out' }).click();
      await other.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
      // The line that is open is asked about before it tells anything: the first tab says so by itself.
      await hold('erin');
      await page.getByText('Your sign-in has ended.').waitFor({ timeout: 30_000 });
    },
    60_000,
  );
});
