import type { Cell } from './matrix.ts';

/** The table of what was found, for people. */
export function matrixPage(cells: readonly Cell[]): string {
  const servers = [...new Set(cells.map(({ server }) => server))];
  const clients = [...new Set(cells.map(({ client }) => client))];
  const rows = clients.map((client) => {
    const found = servers.map((server) =>
      word(cells.find((one) => one.client === client && one.server === server)),
    );
    return line([client, ...found]);
  });
  return `${[
    '# Clients and servers that were tried',
    '',
    '<!-- Made by `./bailiwick soak`; do not edit. -->',
    '',
    lead,
    '',
    line(['Client', ...servers]),
    line(['---', ...servers.map(() => '---')]),
    ...rows,
    '',
    ...after,
  ].join('\n')}\n`;
}

const lead =
  'All of them as they are published, none changed. A cell says whether a client was shown the same tools through ' +
  'the gateway as the server shows directly, and how many of its answers were word for word the same. ' +
  'A bearer in a header is all that a client needs.';

const after = [
  'Every client here also lived through the same life (`test/clients/clients.test.ts`): refused by policy, held, the',
  'same call after a yes, an unknown tool, a stop, too often, and a good call over the same connection after each.',
  'Inspector connects anew for each request: a stop refuses its greeting, and nothing of it comes too often.',
  'What clients make something of their own of (sounds, embedded resources) is compared with one client alone.',
  'Tools that do whatever their text says (three of `@playwright/mcp` and `mcp-grafana`) are served by exceptions.',
];

const line = (words: readonly string[]): string => `| ${words.join(' | ')} |`;

function word(cell: Cell | undefined): string {
  if (cell === undefined) return 'not tried';
  const { lists, same, asked, why } = cell;
  if (why !== undefined) return 'does not connect';
  return `${lists ? 'same tools' : 'other tools'}, ${same} of ${asked}`;
}
