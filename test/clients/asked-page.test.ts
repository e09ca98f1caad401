import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sayYes } from '../e2e/say-yes.ts';
import { installPythonSet, python } from './python-clients.ts';
import { type ClientWorld, startClientWorld } from './world.ts';

/** A chat of Python that can show a page. Its packages take a minute to install: `bailiwick soak` does. */
const isAsked = process.env['BAILIWICK_STRANGERS'] === 'all';
const people = 'https://people.bailiwick.test';

if (!isAsked) {
  it('a chat of Python that is sent to a page is for the soak', () => {
    expect(isAsked).toBe(false);
  });
}

interface Told {
  readonly asked?: Readonly<Record<string, unknown>>;
  readonly said?: string;
}

const inSoak = isAsked ? describe : () => undefined;
inSoak('a chat of the official Python SDK, unmodified', () => {
  let world: ClientWorld;
  let chat: ChildProcess | undefined;

  beforeAll(async () => {
    expect(await installPythonSet('second')).toBe(undefined);
    world = await startClientWorld(['--public-url', people]);
  }, 300_000);
  afterEach(() => chat?.kill());
  afterAll(() => world?.close());

  async function staged(mode: string, amount: number) {
    const told: Told[] = [];
    chat = spawn(
      python('second'),
      [join(import.meta.dirname, 'python/asked_page.py'), mode, `${amount}`],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: {
          ...process.env,
          MCP_URL: world.gateway,
          MCP_BEARER: await world.bearer('stranger'),
        },
      },
    );
    const { stdout } = chat;
    if (stdout === null) throw new Error('it says nothing');
    createInterface({ input: stdout }).on('line', (line) => told.push(JSON.parse(line) as Told));
    const { admin } = world.world.instance;
    const waiting = async () => {
      const { approvals } = await admin.request('GET', '/v1/approvals?state=pending');
      return (approvals as { readonly id: string }[])[0]?.id;
    };
    await expect.poll(() => told.filter(({ asked }) => asked).length, { timeout: 60_000 }).toBe(1);
    return { told, id: (await waiting()) ?? '' };
  }

  it.each([
    ['legacy', 901],
    ['auto', 902],
  ] as const)(
    'is sent to the page of its approval in mode %s, and its call goes on after the yes, once [APR-01, APR-02]',
    async (mode, amount) => {
      const { told, id } = await staged(mode, amount);
      expect(told[0]?.asked).toMatchObject({
        mode: 'url',
        url: `${people}/console/approvals/${id}`,
      });
      await sayYes(world.world.instance.admin, id);
      await expect.poll(() => told.at(-1)?.said, { timeout: 60_000 }).toContain(`paid ${amount}`);
      const paid = world.world.upstream
        .calls()
        .filter(({ argumentText }) => argumentText.includes(`"amount":${amount}`));
      expect(paid).toHaveLength(1);
    },
    180_000,
  );
});
