import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { settingDoubt, settingSecret } from '#planes/semantic/index.ts';
import { carriedOf } from './carried.ts';
import { clientOf, readClientFile, withServers } from './client-file.ts';
import { planFor } from './plan.ts';

const github = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;
const env = { HOME_TOKEN: 'tok-from-the-environment' };

/** The control program as far as a plan asks it. */
async function request(_method: string, path: string, body?: JsonObject): Promise<JsonObject> {
  if (path.startsWith('/v1/documents'))
    return { documents: [{ name: 'taken', kind: 'ToolServer' }] };
  if (path.startsWith('/v1/secrets?')) return { secrets: [] };
  const settings = body?.['settings'] as { name: string; value: string }[];
  const found = settings.flatMap((one, at) => {
    const sure = settingSecret(one) !== undefined;
    return sure || settingDoubt(one) !== undefined ? [{ at, why: 'x', sure }] : [];
  });
  return { found };
}

type Ask = NonNullable<Parameters<typeof planFor>[2]['ask']>;

async function planOf(servers: object, more: object = {}, form = 'mcpServers', ask?: Ask) {
  const text = JSON.stringify({ ...more, [form]: servers });
  const file = readClientFile(Buffer.from(text));
  const plan = await planFor(file, '/home/me/work/.vscode/mcp.json', {
    request,
    env,
    userHome: '/home/me',
    ask,
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
        headers: { 'X-Api-Key': 'abcdef123456', 'X-Team': 'blue', Accept: '*/*' },
      },
      bearer: { url: 'https://x.example.com/mcp', headers: { authorization: `Bearer ${github}` } },
    });
    expect(plan.left).toEqual([]);
    expect(plan.servers.map(({ server, spec }) => [server, spec])).toEqual([
      [
        'github-work',
        {
          connect: {
            command: 'docker',
            args: ['run', '-i', '-e', 'GITHUB_TOKEN', 'ghcr.io/github/server', "it's"],
            environment: { LOG_LEVEL: 'debug' },
          },
          credentials: [
            { secret: 'github-work-api-key', environment: 'API_KEY' },
            { secret: 'github-work-github-token', environment: 'GITHUB_TOKEN' },
          ],
          phase: 'observe',
          default: { effect: 'write' },
        },
      ],
      [
        'search',
        {
          connect: {
            url: 'https://search.example.com/mcp?region=eu',
            headers: { 'X-Team': 'blue' },
          },
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
      query: { url: 'https://x.example.com/mcp?key=abcdef123456&key=abcdef1234567' },
      framed: { url: 'https://x.example.com/mcp', headers: { Host: 'y.example.com' } },
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
      query: 'its query says key twice',
      framed: 'the header Host is one that the gateway alone writes',
      short: expect.stringContaining('6 to 8192 characters') as string,
      file: 'its `envFile` /home/me/work/.env cannot be read',
      asks: 'it needs `BAILIWICK_INPUT_PIN`: set that variable, then adopt again, or adopt at a terminal and be asked',
    });
    expect(plan.left.find(({ entry }) => entry.name === 'query')?.secrets.length).toBe(3);
  });

  it('keeps what is no secret in the open, and finds secrets however they are given [CRD-21]', async () => {
    const { plan } = await planOf({
      run: {
        command: 'npx',
        args: [
          '-y',
          'mcp-remote',
          'https://x.example.com/mcp?team=blue&token=tok-12345',
          '--header',
          'X-Auth: Zq8v-22kk',
          '--token=letmein-now',
          '-p',
          'hunter22',
          '--env=API_KEY=abcdefg',
          '--header',
          'Authorization:${AUTH}',
          '--port',
          '8080',
        ],
        env: { AUTH: 'Bearer abcdefghij' },
      },
      far: {
        url: 'https://y.example.com/mcp?api_key=abc%2Fdef&team=blue%20sky',
        headers: { Authorization: 'Bearer abcdefgh', 'X-Region': 'eu' },
      },
    });
    expect(plan.left).toEqual([]);
    const [run, far] = plan.servers;
    expect(run?.spec['connect']).toEqual({
      command: 'npx',
      args: [
        '-y',
        'mcp-remote',
        '${BAILIWICK_ARGUMENT_3}',
        '--header',
        'X-Auth: ${BAILIWICK_ARGUMENT_5}',
        '--token=${BAILIWICK_ARGUMENT_6}',
        '-p',
        '${BAILIWICK_ARGUMENT_8}',
        '--env=API_KEY=${BAILIWICK_ARGUMENT_9}',
        '--header',
        'Authorization:${AUTH}',
        '--port',
        '8080',
      ],
    });
    expect(run?.moved.map(({ where, value, sure }) => [where, value, sure])).toEqual([
      ['env AUTH', 'Bearer abcdefghij', true],
      ['argument 3', 'https://x.example.com/mcp?team=blue&token=tok-12345', true],
      ['argument 5', 'Zq8v-22kk', true],
      ['argument 6', 'letmein-now', true],
      ['argument 8', 'hunter22', false],
      ['argument 9', 'abcdefg', true],
    ]);
    expect(far?.spec).toMatchObject({
      connect: { url: 'https://y.example.com/mcp?team=blue%20sky', headers: { 'X-Region': 'eu' } },
      credentials: [
        { secret: 'far-authorization', header: 'Authorization', prefix: 'Bearer ' },
        { secret: 'far-api-key', query: 'api_key' },
      ],
    });
    expect(far?.moved.map(({ value }) => value)).toEqual(['abcdefgh', 'abc/def']);
  });

  it('is told of secrets in comments, which nobody reads for it', async () => {
    const text = `{
  // "API_KEY": "letmein-please",
  "mcpServers": {
    /* before:
       --token ${github} */
    "a": { "command": "a // no comment", "env": { "X": "1" } } // the usual one
  }
}`;
    const parts = { request, env, userHome: '/home/me' };
    const plan = await planFor(readClientFile(Buffer.from(text)), '/home/me/mcp.json', parts);
    expect(plan.comments).toEqual([2, 5]);
  });

  it('has a person asked about what is doubtful, where one sits', async () => {
    const asked: string[] = [];
    const servers = { one: { command: 'x', args: ['-p', 'hunter22', '-k', 'Aa1!bb'] } };
    const { plan } = await planOf(servers, {}, 'mcpServers', async (question) => {
      await Promise.resolve();
      asked.push(question);
      return asked.length === 1 ? 'n' : '';
    });
    expect(asked).toEqual([
      'one: argument 2 may be a secret; into the vault with it? [Y/n] ',
      'one: argument 4 may be a secret; into the vault with it? [Y/n] ',
    ]);
    expect(plan.servers[0]?.spec['connect']).toEqual({
      command: 'x',
      args: ['-p', 'hunter22', '-k', '${BAILIWICK_ARGUMENT_4}'],
    });
  });

  it('has what its editor would ask for asked here, and a password goes into the vault', async () => {
    const inputs = [
      { id: 'pin', type: 'promptString', description: 'Your PIN', password: true },
      { id: 'team', type: 'promptString' },
    ];
    const servers = {
      one: { command: 'x', env: { WORD: 'a-${input:pin}', TEAM: '${input:team}' } },
      two: { command: 'y', env: { TEAM: '${input:other}' } },
    };
    const hidden: boolean[] = [];
    const { plan } = await planOf(servers, { inputs }, 'servers', async (question, how) => {
      await Promise.resolve();
      hidden.push(how?.isHidden === true);
      if (question.startsWith('Your PIN')) return 'blue';
      return question.startsWith('team') ? 'green' : '';
    });
    expect(hidden).toEqual([true, false, false]);
    expect(plan.servers[0]?.spec).toMatchObject({
      connect: { command: 'x', environment: { TEAM: 'green' } },
      credentials: [{ secret: 'one-word', environment: 'WORD' }],
    });
    expect(plan.left.map(({ entry, why }) => [entry.name, why])).toEqual([
      ['two', expect.stringContaining('BAILIWICK_INPUT_OTHER')],
    ]);
  });

  it('has its `envFile` read whole, or stays where it is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bailiwick-env-'));
    const file = join(folder, '.env');
    const text = `# mine\nexport API_TOKEN="letmein \\"now\\"" # here\nLEVEL=debug # loud\nEMPTY=\nOVER='a b'\n`;
    writeFileSync(file, text);
    const one = { command: 'x', envFile: file, env: { OVER: 'mine' } };
    const { plan } = await planOf({ one });
    expect(plan.servers[0]).toMatchObject({
      envFile: file,
      spec: { connect: { environment: { LEVEL: 'debug', EMPTY: '', OVER: 'mine' } } },
      moved: [{ where: 'env API_TOKEN', value: 'letmein "now"' }],
    });
    writeFileSync(file, 'A=1\nB="open\n');
    expect((await planOf({ one })).plan.left[0]?.why).toContain('line 2 of its `envFile`');
    rmSync(folder, { recursive: true });
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
