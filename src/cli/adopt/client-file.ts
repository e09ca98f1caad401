import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import {
  type CommentedJson,
  membersAt,
  readCommentedJson,
  skipBlank,
  type Span,
} from './commented-json.ts';

/** One server as a client has it. */
export interface ClientEntry {
  readonly name: string;
  readonly value: JsonObject;
  readonly span: Span;
}

export interface ClientFile extends CommentedJson {
  /** `mcpServers` of Claude, Cursor, Gemini and most others; `servers` of VS Code. */
  readonly form: 'mcpServers' | 'servers';
  /** The object that holds the servers. */
  readonly span: Span;
  readonly entries: readonly ClientEntry[];
  /** What VS Code asks its user for, by id. */
  readonly inputs: ReadonlyMap<string, ClientInput>;
}

export interface ClientInput {
  /** What stands for it when nobody is asked. */
  readonly usual: string | undefined;
  readonly description: string;
  readonly isPassword: boolean;
}

const forms = ['mcpServers', 'servers'] as const;

export function readClientFile(bytes: Uint8Array): ClientFile {
  const read = readCommentedJson(bytes);
  const { plain, value } = read;
  const root = isJsonObject(value)
    ? membersAt(plain, skipBlank(plain, 0))
    : new Map<string, Span>();
  const form = forms.find((one) => isJsonObject(value) && isJsonObject(value[one]));
  const span = form === undefined ? undefined : root.get(form);
  if (form === undefined || span === undefined || !isJsonObject(value)) throw noServers();
  const servers = value[form] as JsonObject;
  const entries = [...membersAt(plain, span.from)].flatMap(([name, at]) => {
    const one = servers[name];
    return isJsonObject(one) ? [{ name, value: one, span: at }] : [];
  });
  return { ...read, form, span, entries, inputs: inputsIn(value) };
}

function inputsIn(value: JsonObject): ReadonlyMap<string, ClientInput> {
  const inputs = Array.isArray(value['inputs']) ? value['inputs'] : [];
  return new Map(
    inputs.flatMap((one): [string, ClientInput][] => {
      if (!isJsonObject(one) || typeof one['id'] !== 'string') return [];
      const { id, default: usual, description, password } = one;
      const input = {
        usual: typeof usual === 'string' ? usual : undefined,
        description: typeof description === 'string' ? description : id,
        isPassword: password === true,
      };
      return [[id, input]];
    }),
  );
}

/**
 * The same file with other servers. INVARIANT: what stays is written as it was, comments and all;
 * outside of the object of servers nothing is touched.
 */
export function withServers(
  file: ClientFile,
  kept: readonly ClientEntry[],
  added: { readonly name: string; readonly text: string },
): string {
  const { text, span } = file;
  const indent = /\n([ \t]+)"/.exec(text.slice(span.from, span.to))?.[1] ?? '    ';
  const closing = /\n([ \t]*)\}$/.exec(text.slice(span.from, span.to))?.[1] ?? '  ';
  const members = [
    ...kept.map((one) => `${JSON.stringify(one.name)}: ${text.slice(one.span.from, one.span.to)}`),
    `${JSON.stringify(added.name)}: ${added.text.trimEnd().replaceAll('\n', `\n${indent}`)}`,
  ];
  const body = members.map((member) => `${indent}${member}`).join(',\n');
  return `${text.slice(0, span.from)}{\n${body}\n${closing}}${text.slice(span.to)}`;
}

function noServers(): BailiwickError {
  return new BailiwickError('cli/usage', {
    message: 'the file has neither `mcpServers` nor `servers`',
    suggestedAction:
      'name the file in which your client keeps its MCP servers, such as claude_desktop_config.json, .mcp.json or .vscode/mcp.json',
  });
}

/** Whose file it is, by where it lies: for the name of the agent and the way the client is told. */
export function clientOf(path: string, { form }: Pick<ClientFile, 'form'>): string {
  const known: readonly (readonly [RegExp, string])[] = [
    [/claude_desktop_config\.json$/, 'claude-desktop'],
    [/[\\/]\.claude\.json$|[\\/]?\.mcp\.json$/, 'claude-code'],
    [/[\\/]\.cursor[\\/]/, 'cursor'],
    [/[\\/]\.gemini[\\/]/, 'gemini'],
    [/[\\/]\.vscode[\\/]|[\\/]Code[\\/]User[\\/]/, 'vscode'],
  ];
  const found = known.find(([pattern]) => pattern.test(path))?.[1];
  return found ?? (form === 'servers' ? 'vscode' : 'generic');
}
