import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Page, pagesOf } from './pages.ts';
import { htmlOf, linksOf } from './render.ts';

export interface Built {
  readonly pages: readonly Page[];
  /** Links to what is in the repository and no page, by page. */
  readonly elsewhere: readonly string[];
}

/** Writes every page below a folder; what lies there from before stays. */
export function buildSite(root: string, to: string): Built {
  const pages = pagesOf(root);
  const elsewhere: string[] = [];
  const links = linksOf(pages, (page, link) => elsewhere.push(`${page.path}: ${link}`));
  for (const page of pages) {
    const file = join(to, page.path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, htmlOf(page, pages, links));
  }
  copyFileSync(fileURLToPath(new URL('site.css', import.meta.url)), join(to, 'site.css'));
  return { pages, elsewhere };
}
