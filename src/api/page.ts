import { existsSync, readdirSync, readFileSync } from 'node:fs';

export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const files = [
  { path: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/page.js', file: 'page.js', type: 'text/javascript; charset=utf-8' },
  { path: '/passkey.js', file: 'passkey.js', type: 'text/javascript; charset=utf-8' },
  { path: '/page.css', file: 'page.css', type: 'text/css; charset=utf-8' },
] as const;

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

/** What is served beside the API. Read once, at the start: nothing of a request names a file. */
export function loadPage(): ReadonlyMap<string, PageFile> {
  const folder = new URL('../../console/', import.meta.url);
  return new Map([
    ...files.map(({ path, file, type }): [string, PageFile] => [
      path,
      { type, body: readFileSync(new URL(file, folder)), headers: pageHeaders },
    ]),
    ...loadConsole(new URL('../../.runtime/console/', import.meta.url)),
  ]);
}

/** What `console/build.sh` made of the sources of the console; nothing where that has not run. */
function loadConsole(folder: URL): [string, PageFile][] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.flatMap((name): [string, PageFile][] => {
    const type = types[name.slice(name.lastIndexOf('.') + 1)];
    if (type === undefined) return [];
    const body = readFileSync(new URL(name, folder));
    const place = name === 'index.html' ? consoleRoot : `${consoleRoot}${name}`;
    return [[place, { type, body, headers: consoleHeaders }]];
  });
}

const consoleRoot = '/console/';

/** Every screen of the console is one page, which reads its address itself; without one there is the plain page. */
export function pageAt(page: ReadonlyMap<string, PageFile>, path: string): PageFile | undefined {
  const found = page.get(path);
  const isScreen = path === '/console' || path.startsWith(consoleRoot);
  if (found !== undefined || !isScreen || path.startsWith(`${consoleRoot}assets/`)) return found;
  return page.get(consoleRoot) ?? page.get('/');
}

const pageHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

/** The console makes no markup of text at all, and browsers hold it to that. */
const consoleHeaders = {
  ...pageHeaders,
  'content-security-policy': `${pageHeaders['content-security-policy']}; require-trusted-types-for 'script'; trusted-types 'none'`,
} as const;
