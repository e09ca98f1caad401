import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { strangerFile } from '../clients/strangers.ts';
import type { ForeignServer } from './server.ts';

const browser = '/usr/bin/chromium';

/** Undefined where a browser stands that it can drive, else why not. */
export const noBrowser: string | undefined = existsSync(browser)
  ? undefined
  : `there is no ${browser}`;

const flags = ['--headless', '--isolated', '--no-sandbox', '--browser', 'chromium'];
const page = 'data:text/html,<title>harbour</title><h1>The harbour opens at six</h1>';

/**
 * A real browser, which writes into this folder, and a picture of what it shows: the texts beside it name a file by the
 * time, the picture is the same.
 */
export const playwright = (folder: string): ForeignServer => ({
  name: '@playwright/mcp 0.0.83',
  connect: {
    command: process.execPath,
    args: [
      strangerFile('@playwright/mcp', 'cli.js'),
      ...flags,
      '--executable-path',
      browser,
      '--output-dir',
      join(folder, 'browser'),
    ],
  },
  exceptions: ['browser_evaluate', 'browser_run_code_unsafe'],
  calls: [
    { tool: 'browser_navigate', arguments: { url: page }, differs: true },
    { tool: 'browser_snapshot', arguments: {}, uneven: true },
    {
      tool: 'browser_take_screenshot',
      arguments: { type: 'png', scale: 'css' },
      differs: true,
      sameMedia: true,
    },
  ],
});
