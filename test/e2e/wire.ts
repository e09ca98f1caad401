/** Raw MCP requests in both revisions: what tests send and what they read back. */
export interface ToolAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: RpcAnswer;
  /** The refusal or hold that our `_meta` tells, else undefined. */
  readonly told: Told | undefined;
  readonly text: string;
  readonly isError: boolean;
  readonly record: string | undefined;
}

export interface Told {
  readonly code: string;
  readonly message: string;
  readonly suggestedAction: string;
  readonly effect?: string;
  readonly handle?: string;
  readonly approval?: string;
  readonly details?: Record<string, unknown>;
}

export interface RpcAnswer {
  readonly id?: unknown;
  readonly result?: {
    readonly content?: readonly { readonly type: string; readonly text?: string }[];
    readonly isError?: boolean;
    readonly tools?: readonly Record<string, unknown>[];
    readonly nextCursor?: string;
    readonly structuredContent?: unknown;
    readonly _meta?: Record<string, unknown>;
    readonly [key: string]: unknown;
  };
  readonly error?: { readonly code: number; readonly message: string; readonly data?: Told };
}

let nextId = 1;

export function modernBody(
  method: string,
  params: Record<string, unknown> = {},
): Record<string, unknown> {
  const meta = (params['_meta'] ?? {}) as Record<string, unknown>;
  return {
    jsonrpc: '2.0',
    id: nextId++,
    method,
    params: {
      ...params,
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': {},
        'io.modelcontextprotocol/clientInfo': { name: 'e2e', version: '1' },
        ...meta,
      },
    },
  };
}

export function modernHeaders(method: string, name?: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(name === undefined ? {} : { 'mcp-name': name }),
  };
}

export interface CallOptions {
  readonly handle?: string;
  readonly meta?: Record<string, unknown>;
  readonly signal?: AbortSignal;
}

export function callTool(
  send: typeof fetch,
  url: string,
  name: string,
  args: unknown,
  options: CallOptions = {},
): Promise<ToolAnswer> {
  const meta = {
    ...options.meta,
    ...(options.handle === undefined ? {} : { 'dev.bailiwick/approval': options.handle }),
  };
  return post(send, url, 'tools/call', { name, arguments: args, _meta: meta }, options.signal);
}

export function listTools(send: typeof fetch, url: string, cursor?: string): Promise<ToolAnswer> {
  return post(send, url, 'tools/list', cursor === undefined ? {} : { cursor });
}

export async function post(
  send: typeof fetch,
  url: string,
  method: string,
  params: Record<string, unknown>,
  signal?: AbortSignal,
): Promise<ToolAnswer> {
  const about = params['name'] ?? params['uri'];
  const name = typeof about === 'string' ? about : undefined;
  const response = await send(url, {
    method: 'POST',
    headers: modernHeaders(method, name),
    body: JSON.stringify(modernBody(method, params)),
    ...(signal === undefined ? {} : { signal }),
  });
  return readAnswer(response);
}

export async function readAnswer(response: Response): Promise<ToolAnswer> {
  const text = await response.text();
  const body = (text === '' ? {} : JSON.parse(text)) as RpcAnswer;
  const meta = body.result?._meta ?? {};
  const told = (meta['dev.bailiwick/refusal'] ?? body.error?.data) as Told | undefined;
  return {
    status: response.status,
    headers: response.headers,
    body,
    told,
    text: body.result?.content?.map((part) => part.text ?? '').join('\n') ?? '',
    isError: body.result?.isError === true,
    record: meta['dev.bailiwick/record'] as string | undefined,
  };
}
