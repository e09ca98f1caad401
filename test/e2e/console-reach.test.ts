import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { looksWell, savedBy } from './console-look.ts';
import {
  type ConsoleBrowser,
  hasChromium as there,
  hostileText,
  isRead,
  startConsoleBrowser,
} from './console-page.ts';
import { exchange, fetchWith, tokenTypes } from './exchange.ts';
import type { TestAgent } from './instance.ts';
import { exchangeAudience, type SmallProvider, startSmallProvider } from './small-provider.ts';
import { callTool } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';

if (!there) console.warn('SKIPPED: the console is not tested, chromium is not installed');

const estate = (issuer: string) => `
---
kind: IdentityProvider
name: corp
spec:
  oidc: { issuer: '${issuer}', clientId: bailiwick, clientKey: true, loopback: true, exchangeAudiences: [${exchangeAudience}] }
---
kind: Exchange
name: worker-corp
spec: { agent: worker, provider: corp, everyone: true, effects: [read] }
---
kind: Entitlement
name: everybody
spec: { everyone: true, tools: [ { tool: fake/echo } ] }
---
kind: Agent
name: writer
spec: { owner: ada@example.com, purpose: ${JSON.stringify(`drafts ${hostileText}`)}, manifest: all-of-it }
---
kind: Model
name: small
spec:
  connect: { url: 'http://127.0.0.1:9/v1' }
  credential: { secret: model-key }
  results: { labels: [] }
  models: { tiny: {} }
---
kind: Manifest
name: all-of-it
spec:
  tools:
    - tool: fake/add
    - tool: fake/echo
  targets: [ 'model:small/tiny', 'resource:fake/file:///docs/*' ]
---
kind: HandOff
name: worker-writer
spec: { from: worker, to: writer, depth: 2 }
`;

describe('what agents reach, as the console shows it', () => {
  let browser: ConsoleBrowser;
  let provider: SmallProvider;
  let world: RunningWorld;
  let worker: TestAgent;
  let writer: TestAgent;
  const trace = randomBytes(16).toString('hex');
  const prompt = randomBytes(8).toString('hex');

  beforeAll(async () => {
    if (!there) return;
    browser = await startConsoleBrowser(() => world.instance);
    provider = await startSmallProvider();
    world = await startWorld(estate(provider.issuer));
    worker = await world.instance.enrolAgent('worker');
    writer = await world.instance.enrolAgent('writer');
    await handOver();
  }, 120_000);

  afterEach(() => browser?.closePages());

  afterAll(async () => {
    await browser?.close();
    await world?.close();
    await provider?.close();
  });

  /** One prompt of ann: the worker does something, and hands the rest on to the writer. */
  async function handOver(): Promise<void> {
    const parent = { traceparent: `00-${trace}-${prompt}-01` };
    const user = provider.token({
      subject: 'ann',
      groups: [],
      sid: randomBytes(4).toString('hex'),
    });
    const began = await exchange(worker, user, tokenTypes.access, {}, parent);
    expect([began.status, began.description]).toEqual([200, undefined]);
    await echo(worker, began.token, parent);
    const order = { request_details: JSON.stringify({ instruction: 'answer ticket 7' }) };
    const wish = { requested_token_type: tokenTypes.handOff, audience: 'agent:writer', ...order };
    const given = await exchange(worker, began.token, tokenTypes.access, wish, parent);
    expect([given.status, given.description]).toEqual([200, undefined]);
    const taken = await exchange(writer, given.token, tokenTypes.handOff, order);
    expect([taken.status, taken.description]).toEqual([200, undefined]);
    await echo(writer, taken.token, {});
  }

  async function echo(agent: TestAgent, token: string, headers: Record<string, string>) {
    const send = fetchWith(agent, token);
    const traced: typeof fetch = (input, init) =>
      send(input, {
        ...init,
        headers: { ...Object.fromEntries(new Headers(init?.headers)), ...headers },
      });
    const answer = await callTool(traced, world.gateway, 'fake.echo', { text: `by ${agent.name}` });
    expect(answer.told).toBeUndefined();
  }

  /** The index of records follows the logs. */
  async function isIndexed(): Promise<void> {
    const path = `/v1/audit/traces/${trace}`;
    const count = async () => {
      const told: Record<string, unknown> = await world.instance.admin.request('GET', path);
      return (told['spans'] as readonly unknown[]).length;
    };
    // A token for the worker and one handed on, one taken over; two calls, each with its upstream.
    await expect.poll(count, { timeout: 60_000 }).toBeGreaterThanOrEqual(7);
  }

  it.skipIf(!there)(
    'is one list with what each can do, the rule and the yes that gate it, and what needs a look, by mouse and by keyboard [OBS-06] [TOL-08] [TOL-09]',
    async () => {
      const page = await browser.open('/');
      await page.keyboard.press('g');
      await page.keyboard.press('o');
      await page.getByRole('link', { name: 'Reach and gates' }).focus();
      await page.keyboard.press('Enter');
      const table = page.getByRole('region', { name: 'Reach and gates' }).getByRole('table');
      const pays = table
        .getByRole('row')
        .filter({ hasText: 'worker' })
        .filter({ hasText: 'fake/pay' });
      await pays.getByText('asks a person').waitFor();
      const told = await pays.innerText();
      for (const word of ['write', 'builtin/write', 'a yes of class write'])
        expect(told).toContain(word);
      await looksWell(page, 'Gates');
      // One agent alone, by its name, typed.
      await page.getByRole('textbox', { name: 'Agent' }).fill('reader');
      await page.keyboard.press('Enter');
      await expect.poll(() => table.getByRole('row').count()).toBe(2);
      expect(page.url()).toContain('agent=reader');
      const saved = await savedBy(page, () => page.getByRole('button', { name: /CSV/ }).click());
      expect(saved.split('\r\n').slice(0, 2)).toEqual([
        'agent,target,effect,call,code,rules,class,phase,finding',
        expect.stringMatching(/^reader,tool:fake\/echo,read,allowed,/),
      ]);
      // What acts without a person is a hole, and is shown alone.
      await page.getByRole('textbox', { name: 'Agent' }).fill('');
      await page.keyboard.press('Enter');
      await page.getByText('What needs a look').click();
      const hole = table
        .getByRole('row')
        .filter({ hasText: 'worker' })
        .filter({ hasText: 'fake/note' });
      await hole.getByText('acts, and no person is asked').waitFor();
      expect(await table.getByRole('row').filter({ hasText: 'fake/pay' }).count()).toBe(0);
      await hole.getByRole('link', { name: 'fake/note' }).click();
      await page.getByRole('heading', { level: 1, name: 'fake/note' }).waitFor();
      expect(browser.complaints).toEqual([]);
    },
    60_000,
  );

  it.skipIf(!there)(
    'is followed from the prompt to the backend over both agents, from a record and from a task [OBS-08]',
    async () => {
      await isIndexed();
      const page = await browser.open(`/audit?q=trace:${trace} action:policy.outcome`);
      const rows = page.getByRole('list').getByRole('link', { name: /fake\/echo/ });
      await expect.poll(() => rows.count()).toBe(2);
      await rows.first().focus();
      await page.keyboard.press('Enter');
      await page.getByRole('link', { name: 'from the prompt to the backend' }).click();
      const steps = page.getByRole('list', { name: 'Steps' }).getByRole('listitem');
      await steps.first().waitFor();
      const told = (await steps.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' '));
      // The caller's own step is outside; everything else stands below it.
      expect(told[0]).toContain(`Level 1: step ${prompt} of the caller`);
      const places = [/worker: tools\/call echo/, /writer: tools\/call echo/].map((words) =>
        told.findIndex((text) => words.test(text)),
      );
      for (const at of places) {
        expect(at).toBeGreaterThan(0);
        expect(told[at + 1]).toMatch(/asked tool:fake\/echo.*backend/);
      }
      expect(told.length).toBeGreaterThanOrEqual(8);
      expect(told.filter((text) => text.includes('Level 1:'))).toHaveLength(1);
      await page.getByText('2 agents').waitFor();
      await looksWell(page, 'Trace');
      await steps
        .getByRole('link', { name: /asked tool:fake\/echo/ })
        .first()
        .click();
      await page.getByRole('link', { name: 'everything in this task' }).click();
      await page.getByRole('heading', { name: 'Its story' }).waitFor();
      await page.getByRole('navigation', { name: 'Traces' }).getByRole('link').last().click();
      await steps.first().waitFor();
      expect(page.url()).toContain(`/traces/${trace}`);
      expect(browser.complaints).toEqual([]);
    },
    60_000,
  );

  it.skipIf(!there)(
    'is a day of lent credentials, two keys away, by agent and credential, to be taken away with proofs [CRD-13]',
    async () => {
      await isIndexed();
      const page = await browser.open('/');
      await page.keyboard.press('g');
      await page.keyboard.press('b');
      const sums = page.getByRole('region', { name: 'By agent and credential' });
      const ofWriter = sums.getByRole('link', { name: 'writer was lent fake-key' });
      await ofWriter.waitFor();
      await looksWell(page, 'Credentials');
      await ofWriter.click();
      const rows = page.getByRole('region', { name: 'The newest first' }).getByRole('listitem');
      await expect.poll(() => rows.count()).toBeGreaterThan(0);
      await isRead(page);
      const told = await rows.allInnerTexts();
      for (const text of told) expect(text).toMatch(/writer[^]*lent fake-key, for/);
      const saved = await savedBy(page, () =>
        page.getByRole('button', { name: 'Take it away with proofs' }).click(),
      );
      const lines = saved
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(lines).toHaveLength(told.length);
      for (const line of lines) {
        expect(JSON.stringify(line['record'])).toContain('"writer"');
        expect(line['leaf']).toBeTypeOf('string');
      }
      // By keyboard: of nobody there is nothing, and that is said.
      await page.getByRole('textbox', { name: 'Agent' }).fill('nobody');
      await page.keyboard.press('Enter');
      await page.getByText('Nothing fits in the last 24 hours').waitFor();
      expect(browser.complaints).toEqual([]);
    },
    60_000,
  );

  it.skipIf(!there)(
    'has for each agent a page with its owner, roles by environment, last rotation, what vouched for its keys, and one list of models, data and tools [OBS-04] [LIF-02]',
    async () => {
      const page = await browser.open('/');
      await page.keyboard.press('g');
      await page.keyboard.press('a');
      const row = page.getByRole('listitem').filter({ hasText: 'writer' });
      await row.getByText('1 model, 1 resource, 2 tools').waitFor();
      await row.getByRole('link', { name: 'writer' }).focus();
      await page.keyboard.press('Enter');
      const roles = page.getByRole('region', { name: 'Roles by environment' });
      await roles.getByText('what the manifest all-of-it lists').waitFor();
      const keys = page.getByRole('region', { name: 'Keys and what vouched for them' });
      await keys.getByText('By a join token: no platform attested where it runs.').waitFor();
      expect(await keys.innerText()).toMatch(/last rotation \d{4}-/);
      const inventory = page.getByRole('region', { name: 'Models, data and tools' });
      const told = (await inventory.innerText()).replaceAll(/\s+/g, ' ');
      expect(told).toMatch(
        /Models \(1\) model:small\/tiny Data \(1\) resource:fake\/.* Tools \(2\) fake\/add, fake\/echo/,
      );
      await page.getByText('ada@example.com').waitFor();
      await looksWell(page, 'Agent');
      await roles.getByRole('link', { name: 'what it reaches and what gates it' }).click();
      await page.getByRole('heading', { level: 1, name: 'Reach and gates' }).waitFor();
      expect(page.url()).toContain('agent=writer');
      expect(browser.complaints).toEqual([]);
    },
    60_000,
  );
});
