import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ErrorCode, errorCodes } from '../../src/kernel/error-codes.ts';

/** One page of the site: where it lies, what its side list calls it, and its Markdown. */
export interface Page {
  readonly path: string;
  readonly title: string;
  readonly group: string;
  readonly text: string;
  /** Where its links start from, as the repository has it. */
  readonly from: string;
}

const titleOf = (text: string, otherwise: string): string =>
  /^# (.+)$/m.exec(text)?.[1] ?? otherwise;

function written(root: string, path: string, group: string, to: string): Page {
  const text = readFileSync(join(root, path), 'utf8');
  return { path: to, title: titleOf(text, path), group, text, from: path };
}

const markdownIn = (root: string, folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .sort();

/** A page of its own for each `## heading` of a long one: commands, kinds of documents. */
function sections(root: string, path: string, group: string, folder: string): Page[] {
  const parts = readFileSync(join(root, path), 'utf8').split(/^## /m).slice(1);
  return parts.map((part) => {
    const heading = part.slice(0, part.indexOf('\n')).trim();
    const name = slug(heading.replace(/^bailiwick /, ''));
    return {
      path: `${folder}/${name}.html`,
      title: heading,
      group,
      text: `# ${part}`,
      from: path,
    };
  });
}

export const slug = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');

/** What a code means, what to do, and which pages speak of it. */
function codePage(code: ErrorCode, spokenOf: readonly Page[]): Page {
  const { status, message, suggestedAction } = errorCodes[code];
  const lines = [
    `# ${code}`,
    '',
    `*HTTP ${status}*: ${message}.`,
    '',
    `**What to do**: ${suggestedAction}.`,
    ...(spokenOf.length === 0 ? [] : ['', 'Pages that speak of it:', '']),
    ...spokenOf.map(({ title, path }) => `- [${title}](../${path})`),
  ];
  return {
    path: `codes/${slug(code)}.html`,
    title: code,
    group: 'Codes',
    text: `${lines.join('\n')}\n`,
    from: '',
  };
}

/** Quick starts tell one story, in this order. */
const readers = [
  'README',
  'platform-engineer',
  'agent-developer',
  'approver',
  'analyst',
  'auditor',
] as const;

/** All pages, in the order of the side list. */
export function pagesOf(root: string): readonly Page[] {
  const guides = markdownIn(root, 'docs').map((name) =>
    written(root, `docs/${name}`, 'Guides and reference', name.replace(/\.md$/, '.html')),
  );
  const starts = readers.map((name) =>
    written(root, `docs/start/${name}.md`, 'Quick starts', `start/${asIndex(`${name}.md`)}`),
  );
  const decisions = markdownIn(root, 'docs/decisions').map((name) =>
    written(root, `docs/decisions/${name}`, 'Decisions', `decisions/${asIndex(name)}`),
  );
  const kinds = sections(root, 'docs/config.md', 'Kinds of documents', 'kinds');
  const prose = [...starts, ...guides.filter(({ path }) => path !== 'errors.html'), ...kinds];
  const codes = (Object.keys(errorCodes) as ErrorCode[]).map((code) =>
    codePage(
      code,
      prose.filter(({ text }) => text.includes(`\`${code}\``)),
    ),
  );
  const architecture = existsSync(join(root, 'ARCHITECTURE.md'))
    ? [written(root, 'ARCHITECTURE.md', 'Guides and reference', 'architecture.html')]
    : [];
  return [
    { ...written(root, 'README.md', 'Bailiwick', 'index.html'), title: 'Bailiwick' },
    ...starts,
    ...guides,
    ...architecture,
    ...kinds,
    ...sections(root, 'docs/cli.md', 'Commands', 'commands'),
    ...codes,
    ...decisions,
  ];
}

const asIndex = (name: string): string =>
  name === 'README.md' ? 'index.html' : name.replace(/\.md$/, '.html');
