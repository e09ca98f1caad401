import type { Json, JsonObject } from '#kernel/json/value.ts';
import { requiredFlag, usage, word, type Command } from './command.ts';
import { saveCredential } from './connection.ts';
import { cell, facts, objects, table, textOf, whole } from './output.ts';

export const status: Command = {
  name: 'status',
  summary: 'Says what runs, what is in force and what is red.',
  words: '',
  flags: {},
  examples: ['bailiwick status', 'bailiwick status -o json'],
  watch: true,
  async run({ out, request }) {
    const answer = await request('GET', '/v1/status');
    const tools = answer['tools'] as JsonObject;
    out.print(answer, () =>
      [
        facts([
          ['version', answer['version']],
          ['environment', answer['environment']],
          ['tenant', answer['tenant']],
          ['gateways', answer['gateways']],
          ['agents', answer['agents']],
          ['instances', answer['instances']],
          [
            'tools',
            `${cell(tools['pinned'])} approved, ${cell(tools['waiting'])} waiting, ${cell(tools['quarantined'])} quarantined`,
          ],
          ['waiting calls', (answer['approvals'] as JsonObject)['pending']],
          ['in force', inForce(answer['overlay'] as JsonObject)],
          ['configuration', (answer['snapshot'] as JsonObject)['digest']],
        ]),
        ...waitingText(answer['waiting']),
        '',
        table(
          ['READINESS', 'STATE', 'WHY'],
          objects(answer['readiness']).map((one) => [
            cell(one['item']),
            cell(one['state']),
            whole(one['why']),
          ]),
        ),
      ].join('\n'),
    );
  },
};

/** What waits for a human, and the command that shows it and asks. */
function waitingText(waiting: Json | undefined): readonly string[] {
  const lines = objects(waiting).flatMap(({ server, waiting: fresh, quarantined }) => {
    const name = cell(server);
    const some = Number(fresh);
    const tools = some === 1 ? '1 tool waits' : `${some} tools wait`;
    return [
      ...(some > 0 ? [`${tools} for you: \`bailiwick tool approve ${name} --all\``] : []),
      ...(Number(quarantined) > 0
        ? [
            `${cell(quarantined)} of ${name} changed since approved: \`bailiwick tool list ${name}\``,
          ]
        : []),
    ];
  });
  return lines.length === 0 ? [] : ['', ...lines];
}

/** `2 stops, 1 quarantines`: what counts nothing is left out. */
function inForce({ by }: JsonObject): string {
  const counts = Object.entries((by ?? {}) as JsonObject).filter(([, count]) => count !== 0);
  if (counts.length === 0) return 'no stops';
  return counts.map(([what, count]) => `${cell(count)} ${what}`).join(', ');
}

export const setup: Command = {
  name: 'setup',
  summary:
    'Redeems the one-time setup link: makes you the first admin and signs this command line in.',
  words: 'LINK',
  flags: {
    name: { type: 'string', value: 'NAME', help: 'your name, as records will show it (required)' },
  },
  examples: ["bailiwick setup 'http://127.0.0.1:7081/#setup=…' --name maria"],
  async run(input) {
    const link = /#setup=([A-Za-z0-9_-]{22})\s*$/.exec(word(setup, input, 0, 'LINK'))?.[1];
    if (link === undefined) throw usage(setup, 'this is no setup link');
    const name = requiredFlag(setup, input, 'name');
    const answer = await input.request('POST', '/v1/setup', { link, name });
    const file = await saveCredential(input.home, input.dataFolder, textOf(answer['credential']));
    const { credential: _, ...told } = answer;
    input.out.print(
      { ...told, credentialFile: file },
      () =>
        `you are ${cell(answer['name'])}, ${cell(answer['role'])}; this command line is signed in`,
    );
  },
};
