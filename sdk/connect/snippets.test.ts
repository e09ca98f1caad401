import { describe, expect, it } from 'vitest';
import { connectOptions } from './options.ts';
import { clientNames, snippetFor } from './snippets.ts';

const start = { command: '/opt/bailiwick/bailiwick', args: ['connect', '--agent', 'support'] };
const plainEntry = `{
  "mcpServers": {
    "bailiwick": {
      "command": "/opt/bailiwick/bailiwick",
      "args": [
        "connect",
        "--agent",
        "support"
      ]
    }
  }
}
`;

const typedEntry = (root: string) => `{
  "${root}": {
    "bailiwick": {
      "type": "stdio",
      "command": "/opt/bailiwick/bailiwick",
      "args": [
        "connect",
        "--agent",
        "support"
      ]
    }
  }
}
`;

const golden: Readonly<Record<string, readonly [file: string, text: string]>> = {
  'claude-desktop': ['Claude/claude_desktop_config.json', plainEntry],
  'claude-code': ['.mcp.json', typedEntry('mcpServers')],
  cursor: ['.cursor/mcp.json', plainEntry],
  vscode: ['.vscode/mcp.json', typedEntry('servers')],
  codex: [
    '.codex/config.toml',
    `[mcp_servers.bailiwick]
command = "/opt/bailiwick/bailiwick"
args = ["connect", "--agent", "support"]
`,
  ],
  gemini: ['.gemini/settings.json', plainEntry],
  generic: ['wherever', plainEntry],
};

describe('what a client is told to write down', () => {
  it.each(Object.entries(golden))('for %s is this, in this file', (client, [file, text]) => {
    const snippet = snippetFor(client, start);
    expect(snippet.text).toBe(text);
    expect(snippet.files.join(' ')).toContain(file);
  });

  it('is known for every client that is offered, and no other', () => {
    expect(clientNames).toEqual(Object.keys(golden));
    expect(() => snippetFor('emacs', start)).toThrow(/known are claude-desktop, claude-code/);
    expect(() => snippetFor('constructor', start)).toThrow(/unknown client/);
  });

  it('stays a string of TOML, whatever stands in a path', () => {
    const command = 'C:\\Program Files\\"bailiwick"\u007f';
    expect(snippetFor('codex', { command, args: [] }).text).toContain(
      'command = "C:\\\\Program Files\\\\\\"bailiwick\\"\\u007f"',
    );
  });
});

describe('the address of a gateway', () => {
  it('is taken from the environment only where it is one, not where `up` is told to listen', () => {
    const of = (text: string) =>
      connectOptions({ agent: 'a' }, { BAILIWICK_GATEWAY: text }).gateway;
    expect([of('127.0.0.1:7080'), of('https://gateway.example/mcp')]).toEqual([
      undefined,
      'https://gateway.example/mcp',
    ]);
  });
});
