import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Built, buildSite } from '../scripts/site/build.ts';
import { slug } from '../scripts/site/pages.ts';
import { htmlOf, linksOf } from '../scripts/site/render.ts';
import { commands } from '../src/cli/catalogue.ts';
import { errorCodes } from '../src/kernel/error-codes.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
let folder: string;
let built: Built;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-site-'));
  built = buildSite(root, folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const htmlAt = (path: string) => readFileSync(join(folder, path), 'utf8');

/** Anchors that somebody can be sent to. */
const anchors = (html: string) => new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));

describe('the documentation as a site', () => {
  it('has a page for each code, each command and each kind of document', () => {
    const paths = new Set(built.pages.map(({ path }) => path));
    const wanted = [
      ...Object.keys(errorCodes).map((code) => `codes/${slug(code)}.html`),
      ...commands.map(({ name }) => `commands/${slug(name)}.html`),
      ...['agent', 'toolserver', 'policy'].map((kind) => `kinds/${kind}.html`),
    ];
    expect(wanted.filter((path) => !paths.has(path))).toEqual([]);
    expect(paths.size).toBe(built.pages.length);
  });

  it('leads nowhere that is not there, neither page nor place on it', () => {
    const broken: string[] = [];
    for (const { path } of built.pages) {
      const html = htmlAt(path);
      for (const [, to = ''] of html.matchAll(/<a [^>]*href="([^"]+)"/g)) {
        if (/^https?:/.test(to)) continue;
        const [file = '', anchor] = to.split('#');
        const target = file === '' ? path : join(dirname(path), file);
        const isThere = existsSync(join(folder, target));
        if (!isThere || (anchor !== undefined && !anchors(htmlAt(target)).has(anchor))) {
          broken.push(`${path}: ${to}`);
        }
      }
    }
    expect([...new Set(broken)]).toEqual([]);
    expect(built.elsewhere).toEqual([]);
  });

  it('runs nothing and loads nothing but its own style', () => {
    for (const { path } of built.pages) {
      const html = htmlAt(path);
      expect(html).toContain(`default-src 'none'; style-src 'self'`);
      expect(html).not.toMatch(/<script|<iframe|<img|<style|\son\w+=|javascript:/i);
    }
  });

  it('shows markup in a page as text', () => {
    const page = {
      path: 'x.html',
      title: '<b>x</b>',
      group: 'Guides and reference',
      text: '# x\n\n<script>alert(1)</script>\n\na <img src=x onerror=alert(1)> b\n\n[l](javascript:alert(1))',
      from: 'docs/x.md',
    };
    const html = htmlOf(
      page,
      [page],
      linksOf([page], () => undefined),
    );
    expect(html).not.toMatch(/<script|<img|<b>|href="javascript/);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });
});
