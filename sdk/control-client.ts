/** A "no" of the control program, in the three fields that every refusal has. */
export class ControlProblem extends Error {
  override readonly name = 'ControlProblem';
  readonly code: string;
  readonly suggestedAction: string;
  readonly status: number;
  readonly details: unknown;

  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    super(typeof body['message'] === 'string' ? body['message'] : `status ${status}`);
    this.status = status;
    this.code = typeof body['code'] === 'string' ? body['code'] : 'gateway/internal';
    this.suggestedAction =
      typeof body['suggestedAction'] === 'string' ? body['suggestedAction'] : '';
    this.details = body['details'];
  }
}

type Answer = Record<string, never>;

export interface ControlClient {
  request(method: string, path: string, body?: unknown): Promise<Answer>;
  form(path: string, fields: Readonly<Record<string, string>>): Promise<Answer>;
}

export function createControlClient(options: {
  readonly url: string;
  readonly credential: string | undefined;
}): ControlClient {
  const base = options.url.replace(/\/+$/, '');
  const send = async (method: string, path: string, type: string, body: string | undefined) => {
    const headers: Record<string, string> = {};
    if (body !== undefined) headers['content-type'] = type;
    if (options.credential !== undefined) headers['authorization'] = `Bearer ${options.credential}`;
    let response: Response;
    try {
      response = await fetch(`${base}${path}`, {
        method,
        headers,
        redirect: 'error',
        ...(body === undefined ? {} : { body }),
      });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : 'unknown fault';
      throw new ControlProblem(503, {
        code: 'cli/not-running',
        message: `the control program does not answer: ${why}`,
        suggestedAction: 'start it with `./bailiwick up`',
      });
    }
    const text = await response.text();
    const answer = parse(text);
    if (!response.ok) throw new ControlProblem(response.status, answer);
    return answer as Answer;
  };
  return {
    request: (method, path, body) =>
      send(method, path, 'application/json', body === undefined ? undefined : JSON.stringify(body)),
    form: (path, fields) =>
      send(
        'POST',
        path,
        'application/x-www-form-urlencoded',
        new URLSearchParams(fields).toString(),
      ),
  };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
