import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Instance } from './instance.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const builtConsole = join(root, '.runtime/console');
const executablePath = '/usr/bin/chromium';
export const hasChromium = existsSync(executablePath);

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
export const consoleThemes = ['light', 'dark', 'contrast'] as const;
type Theme = (typeof consoleThemes)[number];

/** Of somebody who wants to be read as something else, or to run. */
export const hostileText =
  '<img src=x onerror=alert(1)> \u202Egnp.exe\u2066 \u{E0041}zero\u200Bwidth';

export function runAtRoot(command: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}` };
}

export interface ConsoleBrowser {
  /** What pages complained of since they were opened. */
  readonly complaints: string[];
  /** Signed in by the credential, typed. */
  open(
    path: string,
    how?: { readonly theme?: Theme; readonly width?: number; readonly credential?: string },
  ): Promise<Page>;
  /** Nobody yet, in a browser of its own. */
  openBare(): Promise<Page>;
  closePages(): Promise<void>;
  close(): Promise<void>;
}

/** A browser over the built console of this instance. */
export async function startConsoleBrowser(instance: () => Instance): Promise<ConsoleBrowser> {
  // One at a time: other files of tests may want it built at the same moment.
  mkdirSync(dirname(builtConsole), { recursive: true });
  const built = runAtRoot('flock', `${builtConsole}.lock`, 'sh', 'console/build.sh', builtConsole);
  expect(built).toMatchObject({ status: 0 });
  const home = mkdtempSync(join(tmpdir(), 'bailiwick-console-'));
  const env = { ...process.env, HOME: home };
  const browser = await chromium.launch({ executablePath, args: flags, env });
  const contexts: BrowserContext[] = [];
  const complaints: string[] = [];
  async function begin(theme: Theme, width: number): Promise<Page> {
    const context = await browser.newContext({ viewport: { width, height: 900 } });
    contexts.push(context);
    await context.addInitScript({ content: `localStorage.setItem('theme', '${theme}')` });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    page.on('pageerror', (fault) => complaints.push(String(fault)));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    return page;
  }
  return {
    complaints,
    openBare: () => begin('light', 1440),
    async open(path, { theme = 'light', width = 1440, credential } = {}) {
      const page = await begin(theme, width);
      await page.goto(`${instance().console}/console${path}`);
      await page.getByLabel('Credential').fill(credential ?? instance().credential);
      await page.keyboard.press('Enter');
      await page.getByRole('navigation', { name: 'Console' }).waitFor();
      return page;
    },
    async closePages() {
      for (const context of contexts.splice(0)) await context.close();
      complaints.splice(0);
    },
    async close() {
      await browser.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Of all rules, or of those about colour alone: what else axe looks at is the same in every theme. */
export async function violations(page: Page, rules: 'all' | 'colour' = 'all'): Promise<string[]> {
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(axe);
  const only = rules === 'all' ? {} : { runOnly: ['cat.color'] };
  const found: readonly { id: string; nodes: readonly { html: string }[] }[] = await page.evaluate(
    `axe.run(document, ${JSON.stringify(only)}).then(({ violations }) => violations)`,
  );
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

const folder = process.env['BAILIWICK_SCREENSHOTS'];
/** Whether somebody wants pictures. */
export const isShooting = folder !== undefined;

export async function shot(page: Page, name: string): Promise<void> {
  if (folder !== undefined)
    await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** Several cards read at once; the screen is whole when none does any more. */
export const isRead = (page: Page) =>
  expect.poll(() => page.locator('[aria-busy]').count(), { timeout: 15_000 }).toBe(0);
