import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describeApi, routes } from '../src/api/index.ts';
import { commands } from '../src/cli/catalogue.ts';
import { helpText } from '../src/cli/command.ts';
import { errorCodes } from '../src/kernel/error-codes.ts';
import { limits } from '../src/kernel/limits.ts';
import { recordTypes } from '../src/kernel/record.ts';
import { requiredParts, streamOf } from '../src/planes/audit/index.ts';
import { upHelp } from '../src/programs/up/options.ts';
import { documentSchemas } from './document-schemas.ts';
import { apiTypes } from './api-types.ts';

/** Makes the reference pages from the code; with `--check` a page that differs is a failure. */
const root = fileURLToPath(new URL('..', import.meta.url));
const note = '<!-- Made by `node scripts/generate.ts`; do not edit. -->';

const pages: Readonly<Record<string, () => string>> = {
  'docs/errors.md': errorsPage,
  'docs/limits.md': limitsPage,
  'docs/records.md': recordsPage,
  'docs/cli.md': cliPage,
  ...documentSchemas(root),
  'docs/openapi.json': () => `${JSON.stringify(describeApi(routes), null, 1)}\n`,
  'sdk/api/operations.ts': () => apiTypes(describeApi(routes)),
};

function page(title: string, lead: string, body: readonly string[]): string {
  return `${[`# ${title}`, '', note, '', lead, '', ...body].join('\n').trimEnd()}\n`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)];
}

function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(([code, { status, message, suggestedAction }]) => [
    `\`${code}\``,
    `${status}`,
    message,
    suggestedAction,
  ]);
  return page(
    'Errors',
    'Every refusal, at every edge, has a code, a message and a suggested action. A code is a promise.',
    table(['Code', 'HTTP', 'Message', 'What to do'], rows),
  );
}

function limitsPage(): string {
  const rows = Object.entries(limits).map(([name, value]) => [
    `\`${name}\``,
    value.toLocaleString('en'),
  ]);
  return page(
    'Limits',
    'Bytes, counts and milliseconds; the name carries the unit.',
    table(['Limit', 'Value'], rows),
  );
}

function recordsPage(): string {
  const rows = recordTypes.map((type) => [
    `\`${type}\``,
    streamOf(type),
    requiredParts[type].map((part) => `\`${part}\``).join(' '),
  ]);
  return page(
    'Records',
    'Every event has a type, a tenant and its actors; a record that lacks a part of its type is a fault.',
    table(['Type', 'Stream', 'Must have'], rows),
  );
}

function cliPage(): string {
  const up = ['## bailiwick up', '', '```text', upHelp.trimEnd(), '```', ''];
  const verbs = commands.flatMap((command) => [
    `## bailiwick ${command.name}`,
    '',
    '```text',
    helpText(command).trimEnd(),
    '```',
    '',
  ]);
  const codes =
    'Exit codes: 0 done, 1 a finding (an inconsistent log, a policy with problems), 2 consistent but unwitnessed, or under no key that was given, 3 refused or not found, 4 usage, 5 not running.';
  const scripts =
    'Beside what stands here there are `demo`, `test`, `bench`, `requirements`, `soak` and `conformance`, which run here without a control program. `bailiwick --version` prints the version.';
  return page('Command line', `${codes}\n\n${scripts}`, [...up, ...verbs]);
}

const check = process.argv.includes('--check');
let stale = 0;
for (const [path, make] of Object.entries(pages)) {
  const file = `${root}${path}`;
  const text = make();
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  if (check) {
    stale += 1;
    process.stderr.write(`${path} is not what the code says: run \`node scripts/generate.ts\`\n`);
  } else {
    writeFileSync(file, text);
    process.stdout.write(`${path}\n`);
  }
}
process.exitCode = stale === 0 ? 0 : 1;
