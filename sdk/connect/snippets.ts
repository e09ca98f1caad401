import { usageProblem } from './problem.ts';

/** What a client starts: the command, and its words before the ones of `connect`. */
export interface Launcher {
  readonly command: string;
  readonly args: readonly string[];
}

export interface Snippet {
  readonly client: string;
  readonly title: string;
  /** Where it belongs, by system where that differs. */
  readonly files: readonly string[];
  readonly language: 'json' | 'toml' | 'text';
  readonly text: string;
  readonly next: string;
}

/** The name under which clients know the gateway. */
export const entryName = 'bailiwick';

type Start = Launcher;

interface Client {
  readonly title: string;
  readonly files: readonly string[];
  readonly language: Snippet['language'];
  readonly text: (start: Start) => string;
  readonly next: string;
}

const mcpServers = (start: Start): string =>
  json({ mcpServers: { [entryName]: { command: start.command, args: start.args } } });

const clients: Readonly<Record<string, Client>> = {
  'claude-desktop': {
    title: 'Claude Desktop',
    files: [
      'macOS: ~/Library/Application Support/Claude/claude_desktop_config.json',
      'Windows: %APPDATA%\\Claude\\claude_desktop_config.json',
      'Linux: ~/.config/Claude/claude_desktop_config.json',
    ],
    language: 'json',
    text: mcpServers,
    next: 'Quit Claude Desktop and start it again.',
  },
  'claude-code': {
    title: 'Claude Code',
    files: ['.mcp.json in the project (for all projects: ~/.claude.json)'],
    language: 'json',
    text: (start) =>
      json({
        mcpServers: { [entryName]: { type: 'stdio', command: start.command, args: start.args } },
      }),
    next: 'Start `claude` again; `/mcp` shows the connection.',
  },
  cursor: {
    title: 'Cursor',
    files: ['~/.cursor/mcp.json (for one project: .cursor/mcp.json)'],
    language: 'json',
    text: mcpServers,
    next: 'Switch the server on in Cursor Settings, Tools & MCP.',
  },
  vscode: {
    title: 'VS Code',
    files: ['.vscode/mcp.json (for all folders: the command `MCP: Open User Configuration`)'],
    language: 'json',
    text: (start) =>
      json({
        servers: { [entryName]: { type: 'stdio', command: start.command, args: start.args } },
      }),
    next: 'Choose `Start` above the entry.',
  },
  codex: {
    title: 'Codex',
    files: ['~/.codex/config.toml'],
    language: 'toml',
    text: ({ command, args }) =>
      `[mcp_servers.${entryName}]\ncommand = ${tomlText(command)}\nargs = [${args.map(tomlText).join(', ')}]\n`,
    next: 'Start `codex` again; `/mcp` shows the connection.',
  },
  gemini: {
    title: 'Gemini CLI',
    files: ['~/.gemini/settings.json (for one project: .gemini/settings.json)'],
    language: 'json',
    text: mcpServers,
    next: 'Start `gemini` again; `/mcp` shows the connection.',
  },
  generic: {
    title: 'any client that starts MCP servers by a command',
    files: ['wherever the client keeps its MCP servers'],
    language: 'json',
    text: mcpServers,
    next: 'Start the client again.',
  },
};

export const clientNames: readonly string[] = Object.keys(clients);

/** INVARIANT: nothing in it is secret: the key stays with the bridge. */
export function snippetFor(client: string, start: Start): Snippet {
  const known = Object.hasOwn(clients, client) ? clients[client] : undefined;
  if (known === undefined) {
    throw usageProblem(`unknown client \`${client}\`; known are ${clientNames.join(', ')}`);
  }
  const { title, files, language, text, next } = known;
  return { client, title, files, language, text: text(start), next };
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** A basic string of TOML escapes like JSON does, and DEL besides. */
function tomlText(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f');
}
