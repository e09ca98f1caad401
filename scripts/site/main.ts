import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildSite } from './build.ts';

const help = `Builds the documentation as a site of static pages: quick starts, guides, and a page for each kind of document, command and code.

Usage:
  bailiwick docs [--to DIR]

Flags:
      --to DIR   where to (default .runtime/site beside the launcher)

Examples:
  bailiwick docs
  bailiwick docs --to public
`;

const root = fileURLToPath(new URL('../..', import.meta.url));

function main(): number {
  let to: string;
  try {
    const { values } = parseArgs({
      options: { to: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help === true) {
      process.stdout.write(help);
      return 0;
    }
    to = resolve(values.to ?? join(root, '.runtime', 'site'));
  } catch (fault) {
    process.stderr.write(`${fault instanceof Error ? fault.message : String(fault)}\n\n${help}`);
    return 1;
  }
  const { pages } = buildSite(root, to);
  process.stdout.write(`${pages.length} pages; open ${join(to, 'index.html')}\n`);
  return 0;
}

process.exitCode = main();
