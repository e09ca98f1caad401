import { askAgain, runningCode } from './api/again.ts';
import { ControlProblem } from './control-problem.ts';
import { type JsonValue, readJson } from './read-json.ts';

export { ControlProblem } from './control-problem.ts';

/** One JSON object; what is in it, the reader checks. */
type Answer = Readonly<Record<string, JsonValue>>;

export interface ControlClient {
  request(method: string, path: string, body?: unknown): Promise<Answer>;
  form(path: string, fields: Readonly<Record<string, string>>): Promise<Answer>;
}

export interface ControlClientOptions {
  readonly url: string;
  readonly credential: string | undefined;
  /** How long one answer may take. */
  readonly timeoutMs?: number;
}

const mostAnswerBytes = 67_108_864;

export function createControlClient(options: ControlClientOptions): ControlClient {
  return {
    async request(method, path, body) {
      const json = { 'content-type': 'application/json' };
      const given = body === undefined ? {} : { body: JSON.stringify(body) };
      const once = (key: Readonly<Record<string, string>>) =>
        send(options, path, {
          method,
          ...given,
          headers: { ...(body === undefined ? {} : json), ...key },
        });
      if (method === 'GET') return answerOf(await once({}).catch(notRunning));
      const told = askAgain(
        (key) => once({ 'idempotency-key': key }),
        ({ bytes }) => parse(bytes)?.['code'] === runningCode,
      );
      return answerOf(await told.catch(notRunning));
    },
    async form(path, fields) {
      const init = { method: 'POST', body: new URLSearchParams(fields) };
      return answerOf(await send(options, path, init).catch(notRunning));
    },
  };
}

async function send(
  { url, credential, timeoutMs = 60_000 }: ControlClientOptions,
  path: string,
  init: RequestInit,
): Promise<Told> {
  const headers = new Headers(init.headers);
  if (credential !== undefined) headers.set('authorization', `Bearer ${credential}`);
  const signal = AbortSignal.timeout(timeoutMs);
  // A redirect would carry the credential to whoever is named there.
  const address = `${url.replace(/\/+$/, '')}${path}`;
  const response = await fetch(address, { ...init, headers, redirect: 'error', signal });
  return { ok: response.ok, status: response.status, bytes: await collect(response) };
}

interface Told {
  readonly ok: boolean;
  readonly status: number;
  readonly bytes: Uint8Array;
}

function answerOf({ ok, status, bytes }: Told): Answer {
  const answer = parse(bytes);
  if (!ok) throw new ControlProblem(status, answer ?? {});
  if (answer === undefined) throw unreadable();
  return answer;
}

async function collect(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > mostAnswerBytes) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Undefined when it is no JSON object; nothing at all is an answer without members. */
function parse(bytes: Uint8Array): Answer | undefined {
  if (bytes.length === 0) return {};
  try {
    const value = readJson(bytes);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Answer) : undefined;
  } catch {
    return undefined;
  }
}

function notRunning(cause: unknown): never {
  const why = cause instanceof Error ? cause.message : 'unknown fault';
  throw new ControlProblem(503, {
    code: 'cli/not-running',
    message: `the control program does not answer: ${why}`,
    suggestedAction: 'start it with `./bailiwick up`',
  });
}

function unreadable(): ControlProblem {
  return new ControlProblem(502, {
    code: 'gateway/internal',
    message: 'the control program answered with something that is no JSON object',
    suggestedAction: 'check that the address is the one of the control program',
  });
}
