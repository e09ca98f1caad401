import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { consoleThemes, isRead, shot, violations } from './console-page.ts';

/** Nothing that others wrote is markup, hides or reorders; the page scrolls in no direction but down. */
async function isInert(page: Page): Promise<void> {
  expect(await page.locator('main img, main script, main a[href^="javascript"]').count()).toBe(0);
  const text = await page.locator('main').innerText();
  expect(text).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B\u001b]/);
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
}

/**
 * A screen as everybody may have it: axe finds nothing in any theme, it holds at 1440, 720 and 320 pixels, and what others
 * wrote stays text.
 */
export async function looksWell(page: Page, name: string): Promise<void> {
  await isRead(page);
  const found: string[] = [];
  for (const [at] of consoleThemes.entries()) {
    found.push(...(await violations(page, at === 0 ? 'all' : 'colour')));
    await shot(page, `${name}-1440-${consoleThemes[at]}`);
    await page.getByRole('button', { name: 'Theme:' }).click();
  }
  for (const [width, height] of [
    [1440, 900],
    [720, 450],
    [320, 640],
  ] as const) {
    await page.setViewportSize({ width, height });
    await isInert(page);
  }
  await shot(page, `${name}-320-light`);
  await page.setViewportSize({ width: 1440, height: 900 });
  expect(found.map((one) => `${name}: ${one}`)).toEqual([]);
}

/** What the page saves as a file when this is done. */
export async function savedBy(page: Page, act: () => Promise<unknown>): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), act()]);
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
