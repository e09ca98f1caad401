import { readdirSync, readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { startConsoleBrowser } from '../test/e2e/console-page.ts';
import type { Instance } from '../test/e2e/instance.ts';
import { agentName, serverName, toolName } from './console-estate.ts';

const pages = [
  '/',
  '/approvals',
  '/approvals?show=all',
  '/audit',
  '/audit?q=outcome:refused since:30d',
  '/tasks',
  '/tasks?show=all',
  '/agents',
  `/agents?agent=${agentName(7)}`,
  '/tools',
  `/tools?server=${serverName(1)}`,
  `/tools/one?server=${serverName(1)}&tool=${toolName(1)}`,
  '/tools/gates',
  '/credentials',
  '/policies',
  '/changes',
  '/people',
  '/system',
  '/settings',
] as const;

interface Walked {
  readonly page: string;
  readonly firstMs: number;
  readonly wholeMs: number;
  readonly requests: number;
  readonly bytes: number;
  readonly largest: number;
  readonly largestOf: string;
  readonly longestTaskMs: number;
}

const looked = 20_000;

/** From the credential to rows, and to nothing that is still read: signed in anew for each, nothing is kept from before. */
async function lookAt(page: Page, credential: string): Promise<Omit<Walked, 'page'>> {
  const answers: Promise<readonly [string, number]>[] = [];
  page.on('response', (response) => {
    const { pathname, search } = new URL(response.url());
    if (!pathname.startsWith('/v1/') || pathname === '/v1/events') return;
    const size = response.body().then(
      (body) => body.length,
      () => 0,
    );
    answers.push(size.then((bytes) => [`${pathname}${search}`, bytes] as const));
  });
  await page.evaluate(
    `window.longest = 0; new PerformanceObserver((list) => { for (const one of list.getEntries()) window.longest = Math.max(window.longest, one.duration); }).observe({ entryTypes: ['longtask'] })`,
  );
  await page.getByLabel('Credential').fill(credential);
  const begun = performance.now();
  await page.keyboard.press('Enter');
  await page
    .locator('#main :is(li, tbody tr, dd, section p:not([aria-busy]))')
    .first()
    .waitFor({ timeout: looked });
  const firstMs = performance.now() - begun;
  // Asked from outside: the page itself lets no text be run.
  const whole = `document.querySelector('#main h1') !== null && document.querySelector('#main [aria-busy]') === null`;
  while (!(await page.evaluate(whole))) {
    if (performance.now() - begun > looked) throw new Error('it still reads');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const wholeMs = performance.now() - begun;
  const told = await Promise.all(answers);
  const [largestOf = '', largest = 0] = told.toSorted((a, b) => b[1] - a[1])[0] ?? [];
  return {
    firstMs,
    wholeMs,
    requests: told.length,
    bytes: told.reduce((sum, [, size]) => sum + size, 0),
    largest,
    largestOf,
    longestTaskMs: Number(await page.evaluate('window.longest')),
  };
}

/** Resident, of the program that answers. */
function controlKib({ pid }: Instance): number {
  for (const entry of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const status = readFileSync(`/proc/${entry}/status`, 'utf8');
      if (!status.includes(`PPid:\t${pid}\n`)) continue;
      if (!readFileSync(`/proc/${entry}/cmdline`, 'utf8').includes('control')) continue;
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
    } catch {
      // It ended while we looked.
    }
  }
  return 0;
}

const kib = (bytes: number): string => (bytes / 1_024).toFixed(0);

export async function walk(instance: Instance, say: (text: string) => void): Promise<void> {
  const browser = await startConsoleBrowser(() => instance);
  say(
    '| page | first rows ms | whole ms | requests | KiB | largest KiB | longest task ms | control MiB |',
  );
  say('| --- | --- | --- | --- | --- | --- | --- | --- |');
  const large: string[] = [];
  try {
    for (const path of pages) {
      const page = await browser.openBare();
      await page.goto(`${instance.console}/console${path}`);
      try {
        const told = await lookAt(page, instance.credential);
        const cells = [
          told.firstMs.toFixed(0),
          told.wholeMs.toFixed(0),
          told.requests,
          kib(told.bytes),
          kib(told.largest),
          told.longestTaskMs.toFixed(0),
          (controlKib(instance) / 1_024).toFixed(0),
        ];
        say(`| ${path} | ${cells.join(' | ')} |`);
        if (told.largest > 65_536)
          large.push(`${path}: ${told.largestOf} ${kib(told.largest)} KiB`);
      } catch (fault) {
        say(`| ${path} | not within ${looked / 1_000} s: ${String(fault).split('\n')[0]} |`);
      }
      await browser.closePages();
    }
    for (const line of large) say(line);
  } finally {
    await browser.close();
  }
}
