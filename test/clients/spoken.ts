import { modernBody, modernHeaders } from '../e2e/wire.ts';

export type Message = Readonly<Record<string, unknown>>;

/** A client that does nothing but keep all that it was sent. */
export interface Listener {
  /** Everything that came, in its order, questions and answers included. */
  readonly heard: readonly Message[];
  /** Asks, answers what it is asked meanwhile, and is given the last message of the stream. */
  ask(
    method: string,
    params: Message,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Message>;
  /** Opens a stream that does not end, and leaves after so many messages. */
  listen(method: string, params: Message, messages: number): Promise<void>;
}

const replies: Readonly<Record<string, unknown>> = {
  'elicitation/create': {
    action: 'accept',
    content: { username: 'ada', email: 'ada@example.com' },
  },
  'sampling/createMessage': {
    role: 'assistant',
    content: { type: 'text', text: 'yes' },
    model: 'none',
  },
  'roots/list': { roots: [] },
};

const capabilities = { elicitation: {}, sampling: {}, roots: {} };

export function modernListener(url: string): Listener {
  const meta = {
    'io.modelcontextprotocol/clientCapabilities': capabilities,
    'io.modelcontextprotocol/logLevel': 'debug',
    progressToken: 'told',
  };
  return listener(url, (method, params) => {
    const { name, uri } = params;
    const about = name ?? uri;
    return {
      headers: modernHeaders(method, typeof about === 'string' ? about : undefined),
      body: modernBody(method, { ...params, _meta: meta }),
    };
  });
}

/** Greets, so that it has a session, and asks for every line of the log. */
export async function legacyListener(url: string, revision: string): Promise<Listener> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  };
  let id = 0;
  const talking = listener(
    url,
    (method, params) => {
      const body = { jsonrpc: '2.0', method, params: { ...params, _meta: { progressToken: 1 } } };
      return { headers, body: { ...body, id: (id += 1) } };
    },
    (response) => {
      headers['mcp-session-id'] ??= response.headers.get('mcp-session-id') ?? '';
    },
  );
  const clientInfo = { name: 'listener', version: '1' };
  await talking.ask('initialize', { protocolVersion: revision, capabilities, clientInfo });
  headers['mcp-protocol-version'] = revision;
  await talking.ask('logging/setLevel', { level: 'debug' });
  return talking;
}

interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

function listener(
  url: string,
  form: (method: string, params: Message) => Sent,
  learn: (response: Response) => void = () => undefined,
): Listener {
  const heard: Message[] = [];
  const send = ({ headers, body }: Sent, signal?: AbortSignal): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    });
  return {
    heard,
    async ask(method, params, more = {}) {
      const { headers, body } = form(method, params);
      const response = await send({ headers: { ...headers, ...more }, body });
      learn(response);
      let last: Message = {};
      for await (const message of messagesOf(response)) {
        heard.push(message);
        last = message;
        const { id, method: wanted } = message;
        if (id === undefined || typeof wanted !== 'string') continue;
        await send({ headers, body: { jsonrpc: '2.0', id, result: replies[wanted] } });
      }
      return last;
    },
    async listen(method, params, messages) {
      const leaving = new AbortController();
      const response = await send(form(method, params), leaving.signal);
      let left = messages;
      for await (const message of messagesOf(response)) {
        heard.push(message);
        left -= 1;
        if (left === 0) break;
      }
      leaving.abort();
    },
  };
}

/** One object, or an event each. */
async function* messagesOf(response: Response): AsyncGenerator<Message> {
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (!isStream) {
    const text = await response.text();
    if (text !== '') yield JSON.parse(text) as Message;
    return;
  }
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = text.slice(0, end);
      text = text.slice(end + 2);
      const data = event.split('\n').filter((line) => line.startsWith('data:'));
      const joined = data.map((line) => line.slice(5).trimStart()).join('\n');
      if (joined !== '') yield JSON.parse(joined) as Message;
    }
  }
}
