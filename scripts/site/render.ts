import { dirname, join, relative } from 'node:path/posix';
import { Marked } from 'marked';
import { type Page, slug } from './pages.ts';

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};
export const plain = (text: string): string =>
  text.replaceAll(/[&<>"]/g, (sign) => escapes[sign] ?? sign);

/** Where something that a page says leads on the site; undefined where it leads nowhere. */
type Lead = (page: Page, said: string) => string | undefined;

export interface Links {
  /** A link, as the repository has it. */
  readonly resolve: Lead;
  /** A code or the path of a page, as they are named in the text. */
  readonly named: Lead;
}

/** The repository's links are by file; the site's by page. What is no page is told as the file that it is. */
export function linksOf(pages: readonly Page[], missing: (page: Page, to: string) => void): Links {
  const byFile = new Map<string, string>();
  for (const { from, path } of pages) if (!byFile.has(from)) byFile.set(from, path);
  const paths = new Set(pages.map(({ path }) => path));
  const codes = new Map(
    pages.filter(({ group }) => group === 'Codes').map(({ title, path }) => [title, path]),
  );
  const between = (page: Page, target: string) => relative(dirname(page.path), target);
  const named: Lead = (page, said) => {
    const target = codes.get(said) ?? (said.endsWith('.md') ? byFile.get(said) : undefined);
    return target === undefined || target === page.path ? undefined : between(page, target);
  };
  // A section that is a page of its own leads to its neighbours by their pages.
  const sectionOf = (page: Page, anchor: string): string | undefined => {
    const target = join(dirname(page.path), `${anchor}.html`);
    return dirname(page.path) !== '.' && paths.has(target) ? between(page, target) : undefined;
  };
  const resolve: Lead = (page, to) => {
    if (/^(https?:|mailto:)/.test(to)) return to;
    const [file = '', anchor] = to.split('#');
    if (file === '') return sectionOf(page, anchor ?? '') ?? to;
    const wanted = join(dirname(page.from === '' ? page.path : page.from), file);
    const target = byFile.get(wanted) ?? (paths.has(wanted) ? wanted : undefined);
    if (target === undefined) {
      missing(page, to);
      return undefined;
    }
    const way = between(page, target);
    return anchor === undefined ? way : `${way}#${anchor}`;
  };
  return { resolve, named };
}

/** Pages are ours, and still no markup of theirs passes: what is no Markdown is shown as text. */
function bodyOf(page: Page, { resolve, named }: Links): string {
  const marked = new Marked({ gfm: true });
  marked.use({
    renderer: {
      html: ({ text }) => (text.trimStart().startsWith('<!--') ? '' : plain(text)),
      heading({ tokens, depth, text }) {
        return `<h${depth} id="${slug(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        const inner = this.parser.parseInline(tokens);
        const to = resolve(page, href);
        return to === undefined ? inner : `<a href="${plain(to)}">${inner}</a>`;
      },
      codespan({ text }) {
        const shown = `<code>${plain(text)}</code>`;
        const to = named(page, text);
        return to === undefined ? shown : `<a href="${plain(to)}">${shown}</a>`;
      },
      table(token) {
        const cells = (row: typeof token.header, tag: string) =>
          row.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('');
        const rows = token.rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n');
        return `<div class="wide" tabindex="0" role="region" aria-label="table"><table><thead><tr>${cells(token.header, 'th')}</tr></thead><tbody>${rows}</tbody></table></div>\n`;
      },
    },
  });
  return marked.parse(page.text, { async: false });
}

const openGroups = new Set(['Bailiwick', 'Quick starts', 'Guides and reference']);

function sideList(page: Page, pages: readonly Page[]): string {
  const groups = [...new Set(pages.map(({ group }) => group))];
  return groups
    .map((group) => {
      const items = pages
        .filter((one) => one.group === group)
        .map((one) => {
          const here = one.path === page.path ? ' aria-current="page"' : '';
          const to = relative(dirname(page.path), one.path);
          return `<li><a href="${plain(to)}"${here}>${plain(one.title)}</a></li>`;
        });
      const open = openGroups.has(group) || page.group === group ? ' open' : '';
      return `<details${open}><summary>${plain(group)}</summary><ul>${items.join('')}</ul></details>`;
    })
    .join('\n');
}

/** A whole page: no script, no font and no picture from anywhere else. */
export function htmlOf(page: Page, pages: readonly Page[], links: Links): string {
  const style = relative(dirname(page.path), 'site.css');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'self'">
<title>${plain(page.title === 'Bailiwick' ? page.title : `${page.title} · Bailiwick`)}</title>
<link rel="stylesheet" href="${style}">
</head>
<body>
<a class="skip" href="#text">Skip to the text</a>
<nav aria-label="Pages">${sideList(page, pages)}</nav>
<main id="text" tabindex="-1">
${bodyOf(page, links)}</main>
</body>
</html>
`;
}
