import { createHash } from 'node:crypto';
import type { WebAnswer } from '../web-route.ts';

const style = `
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; color: #1b1f24; background: #f6f7f9; }
main { max-width: 26rem; margin: 12vh auto; padding: 2rem; background: #fff; border: 1px solid #d5dae1; border-radius: 8px; }
h1 { font-size: 1.25rem; margin: 0 0 1rem; }
p { margin: 0 0 1rem; }
a.way, button { display: block; box-sizing: border-box; width: 100%; margin: .5rem 0; padding: .6rem 1rem; font: inherit; text-align: center; text-decoration: none; color: #fff; background: #1f4e8c; border: 0; border-radius: 6px; cursor: pointer; }
a.way:focus-visible, button:focus-visible { outline: 3px solid #7fb0ee; outline-offset: 2px; }
code { font-size: .9em; overflow-wrap: anywhere; }
`;

const styleDigest = createHash('sha256').update(style).digest('base64');

/** INVARIANT: no script runs on these pages, nobody frames them, and forms go to us or where we send them on. */
function policy(formTargets: readonly string[]): string {
  return [
    `default-src 'none'`,
    `style-src 'sha256-${styleDigest}'`,
    `base-uri 'none'`,
    `frame-ancestors 'none'`,
    `form-action ${["'self'", ...formTargets].join(' ')}`,
  ].join('; ');
}

export interface Page {
  readonly status?: number;
  readonly title: string;
  /** HTML; whatever is not ours in it went through `escaped`. */
  readonly body: string;
  /** Origins that a form of it may lead on to. */
  readonly formTargets?: readonly string[];
  readonly cookies?: readonly string[];
}

export function pageAnswer({
  status = 200,
  title,
  body,
  formTargets = [],
  cookies,
}: Page): WebAnswer {
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy(formTargets),
      'cross-origin-opener-policy': 'same-origin',
      ...(cookies === undefined ? {} : { 'set-cookie': cookies }),
    },
    body: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} · Bailiwick</title><style>${style}</style></head>
<body><main><h1>${escaped(title)}</h1>
${body}
</main></body></html>
`,
  };
}

export function redirectAnswer(location: string, cookies: readonly string[] = []): WebAnswer {
  return {
    status: 303,
    headers: { location, ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }) },
    body: '',
  };
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => entities[letter] ?? '');
}
