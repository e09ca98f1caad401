import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { settingSecret } from '#planes/semantic/index.ts';
import { carriedOf } from './carried.ts';
import { clientOf, readClientFile, withServers } from './client-file.ts';
import { planFor } from './plan.ts';

const github = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;
const env = { HOME_TOKEN: 'tok-from-the-environment' };

/** The control program as far as a plan asks it. */
async function request(_method: string, path: string, body?: JsonObject): Promise<JsonObject> {
  if (path.startsWith('/v1/documents'))
    return { documents: [{ name: 'taken', kind: 'ToolServer' }] };
  if (path === '/v1/secrets') return { secrets: [] };
  const settings = body?.['settings'] as { name: string; value: string }[];
  const found = settings.flatMap((one, at) =>
    settingSecret(one) === undefined ? [] : [{ at, why: 'x' }],
  );
  return { found };
}

async function planOf(servers: object, more: object = {}, form = 'mcpServers') {
  const text = JSON.stringify({ ...more, [form]: servers });
  const file = readClientFile(Buffer.from(text));
  const plan = await planFor(file, '/home/me/work/.vscode/mcp.json', {
    request,
    env,
    userHome: '/home/me',
  });
  return { plan, file };
}

describe('what a client has', () => {
  it('becomes documents, with names of the vault where secrets stood [CRD-21]', async () => {
    const { plan } = await planOf({
      'GitHub (work)': {
        command: 'docker',
        args: ['run', '-i', '-e', `GITHUB_TOKEN=${github}`, 'ghcr.io/github/server', "it's"],
        env: { LOG_LEVEL: 'debug', API_KEY: 'letmein-please' },
      },
      search: {
        type: 'http',
        url: 'https://user:pa55word@search.example.com/mcp?region=eu',
        headers: { 'X-Api-Key': 'abcdef123456' },
      },
      bearer: { url: 'https://x.example.com/mcp', headers: { authorization: `Bearer ${github}` } },
    });
    expect(plan.left).toEqual([]);
    expect(plan.servers.map(({ server, spec }) => [server, spec])).toEqual([
      [
        'github-work',
        {
          connect: {
            command: 'sh',
            args: [
              '-c',
              `exec 'docker' 'run' '-i' '-e' 'GITHUB_TOKEN='"$BAILIWICK_ARGUMENT_4" 'ghcr.io/github/server' 'it'\\''s'`,
            ],
            environment: { LOG_LEVEL: 'debug' },
          },
          credentials: [
            { secret: 'github-work-api-key', environment: 'API_KEY' },
            { secret: 'github-work-github-token', environment: 'BAILIWICK_ARGUMENT_4' },
          ],
          phase: 'observe',
          default: { effect: 'write' },
        },
      ],
      [
        'search',
        {
          connect: { url: 'https://search.example.com/mcp?region=eu' },
          credentials: [
            { secret: 'search-authorization', header: 'authorization', prefix: 'Basic ' },
            { secret: 'search-x-api-key', header: 'X-Api-Key' },
          ],
          phase: 'observe',
          default: { effect: 'write' },
        },
      ],
      [
        'bearer',
        {
          connect: { url: 'https://x.example.com/mcp' },
          credentials: [
            { secret: 'bearer-authorization', header: 'authorization', prefix: 'Bearer ' },
          ],
          phase: 'observe',
          default: { effect: 'write' },
        },
      ],
    ]);
    const moved = plan.servers.flatMap((one) => one.moved.map(({ value }) => value));
    expect(moved).toEqual([
      'letmein-please',
      github,
      Buffer.from('user:pa55word').toString('base64'),
      'abcdef123456',
      github,
    ]);
    for (const value of moved) {
      expect(JSON.stringify(plan.servers.map(({ spec }) => spec))).not.toContain(value);
    }
  });

  it('stays where it is when it cannot be carried whole, and it is said why', async () => {
    const { plan } = await planOf({
      old: { type: 'sse', url: 'https://x.example.com/sse' },
      older: { url: 'https://x.example.com/sse' },
      odd: { type: 'carrier-pigeon', command: 'x' },
      off: { command: 'x', disabled: true },
      empty: {},
      query: { url: 'https://x.example.com/mcp?api_key=abcdef123456' },
      short: { command: 'x', env: { API_TOKEN: 'abc' } },
      file: { command: 'x', envFile: '.env' },
      asks: { command: 'x', env: { A: '${input:pin}' } },
    });
    expect(plan.servers).toEqual([]);
    expect(Object.fromEntries(plan.left.map(({ entry, why }) => [entry.name, why]))).toEqual({
      old: expect.stringContaining('old HTTP+SSE') as string,
      older: expect.stringContaining('old HTTP+SSE') as string,
      odd: 'its type `carrier-pigeon` is not known',
      off: 'it is switched off',
      empty: 'it has neither a `command` nor a `url`',
      query: expect.stringContaining('its secret stands in the address') as string,
      short: expect.stringContaining('6 to 8192 characters') as string,
      file: expect.stringContaining('from a file') as string,
      asks: 'it needs `BAILIWICK_INPUT_PIN`: set that variable, then adopt again',
    });
    expect(plan.left.find(({ entry }) => entry.name === 'query')?.secrets.length).toBe(1);
  });

  it('in the form of VS Code has its variables put in, as the editor would', async () => {
    const { plan } = await planOf(
      {
        one: {
          type: 'stdio',
          command: '${userHome}/bin/x',
          args: ['${workspaceFolder}/src', '${input:depth}', '${env:NOT_SET:-usual}'],
          env: { TOKEN: '${env:HOME_TOKEN}' },
        },
      },
      { inputs: [{ id: 'depth', type: 'promptString', default: '3' }] },
      'servers',
    );
    expect(plan.servers[0]?.spec['connect']).toEqual({
      command: '/home/me/bin/x',
      args: ['/home/me/work/src', '3', 'usual'],
    });
    expect(plan.servers[0]?.moved.map(({ value }) => value)).toEqual(['tok-from-the-environment']);
  });

  it('is not adopted twice, and takes no name that is taken', async () => {
    const { plan } = await planOf({
      bailiwick: { command: '/opt/bailiwick', args: ['connect', '--agent', 'x'] },
      taken: { command: 'x' },
    });
    expect(plan.bridges.map(({ name }) => name)).toEqual(['bailiwick']);
    expect(plan.servers.map(({ server }) => server)).toEqual(['taken-2']);
  });
});

describe('the file of a client', () => {
  it('is written anew only where its servers stand', () => {
    const text = `{
  // mine
  "theme": "dark",
  "mcpServers": {
    "a": { "command": "a" }, // first
    "b": {
      "command": "b", /* kept */
    },
  },
}
`;
    const file = readClientFile(Buffer.from(text));
    const kept = file.entries.filter(({ name }) => name === 'b');
    const made = withServers(file, kept, { name: 'bailiwick', text: '{\n  "command": "x"\n}' });
    expect(made).toBe(`{
  // mine
  "theme": "dark",
  "mcpServers": {
    "b": {
      "command": "b", /* kept */
    },
    "bailiwick": {
      "command": "x"
    }
  },
}
`);
    expect(readClientFile(Buffer.from(made)).entries.map(({ name }) => name)).toEqual([
      'b',
      'bailiwick',
    ]);
  });

  it('that holds no servers is said to be none', () => {
    expect(() => readClientFile(Buffer.from('{"servers":[]}'))).toThrow(/neither `mcpServers` nor/);
    expect(() => readClientFile(Buffer.from('[]'))).toThrow(/neither `mcpServers` nor/);
  });

  it('says by its place whose it is', () => {
    const file = { form: 'mcpServers' } as const;
    expect(clientOf('/x/Claude/claude_desktop_config.json', file)).toBe('claude-desktop');
    expect(clientOf('/x/.mcp.json', file)).toBe('claude-code');
    expect(clientOf('/x/.cursor/mcp.json', file)).toBe('cursor');
    expect(clientOf('/x/.gemini/settings.json', file)).toBe('gemini');
    expect(clientOf('/x/mcp.json', { form: 'servers' })).toBe('vscode');
    expect(clientOf('/x/mcp.json', file)).toBe('generic');
  });
});

describe('a server of a client', () => {
  it('is carried with numbers as the texts that clients make of them', () => {
    const value = { command: 'x', args: ['a'], env: { PORT: 3000, DEBUG: true } };
    const entry = { name: 'x', value, span: { from: 0, to: 0 } };
    const around = { env: {}, userHome: '', workspace: '', inputs: new Map<string, undefined>() };
    expect(carriedOf(entry, around)).toMatchObject({
      environment: new Map([
        ['PORT', '3000'],
        ['DEBUG', 'true'],
      ]),
    });
  });
});
