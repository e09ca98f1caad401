import { createHash } from 'node:crypto';
import { visibleText } from '#kernel/text/index.ts';
import type { WebAnswer } from './web-route.ts';

/** Text that may stand in a page as it is. INVARIANT: only `html` makes it. */
export interface Html {
  readonly html: string;
}

type Part = Html | string | number | undefined | readonly Part[];

/** What stands between is text of others: it is shown, and never read as a page. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = strings[0] ?? '';
  for (const [at, part] of parts.entries()) text += `${shown(part)}${strings[at + 1] ?? ''}`;
  return { html: text };
}

const letters: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function shown(part: Part): string {
  if (part === undefined) return '';
  if (typeof part === 'string' || typeof part === 'number') {
    return visibleText(`${part}`, { maxLength: 4_000 }).replaceAll(
      /[&<>"']/g,
      (letter) => letters[letter] ?? '',
    );
  }
  return 'html' in part ? part.html : part.map(shown).join('');
}

const style = `
body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.4rem;line-height:1.25}h2{font-size:1.05rem;margin-bottom:.25rem}
fieldset{border:1px solid #767676;border-radius:.4rem;margin:1rem 0;padding:.75rem 1rem}
.warning{border-left:.3rem solid #a33a00;background:#fff4ec;padding:.6rem 1rem;margin:1rem 0}
code{overflow-wrap:anywhere}ul{margin:.25rem 0 .5rem;padding-left:1.4rem}
button,select{font:inherit;padding:.45rem 1rem;margin-right:.5rem}
:focus-visible{outline:3px solid #0b57d0;outline-offset:2px}
@media (prefers-color-scheme:dark){body{color:#eee;background:#161616}.warning{background:#3a2216}}
`;

const styleHash = createHash('sha256').update(style).digest('base64');

export interface PageOptions {
  readonly title: string;
  readonly status?: number;
  /** Where a form of the page may lead beside to us: browsers judge the redirect behind it too. */
  readonly formTo?: string;
}

/** INVARIANT: no page of ours runs a script, loads anything, or stands in a frame. */
export function webPage({ title, status = 200, formTo }: PageOptions, body: Html): WebAnswer {
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><style>${{ html: style }}</style></head><body><main>${body}</main></body></html>
`;
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'self'${formTo === undefined ? '' : ` ${formTo}`}; frame-ancestors 'none'`,
      'cross-origin-opener-policy': 'same-origin',
    },
    body: page.html,
  };
}

/** INVARIANT: by 303, so that whatever was sent to us is not sent on. */
export function redirectTo(location: string): WebAnswer {
  return { status: 303, headers: { location }, body: '' };
}
