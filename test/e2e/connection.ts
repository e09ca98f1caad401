import { Agent, request } from 'node:http';
import { createProof, getToken } from '../../sdk/index.ts';
import type { Instance, TestAgent } from './instance.ts';
import { modernBody, modernHeaders, readAnswer, type ToolAnswer } from './wire.ts';

/** What a client keeps of one origin, however many connections it has there. */
export interface Client {
  readonly agent: TestAgent;
  readonly gateway: string;
  readonly token: string;
  nonce: string | undefined;
  /** How often it was asked for a nonce. */
  challenged: number;
}

export async function clientOf(agent: TestAgent, gateway: string): Promise<Client> {
  const { accessToken: token } = await getToken(agent);
  return { agent, gateway, token, nonce: undefined, challenged: 0 };
}

/** One connection, kept open: whoever accepted it answers all its calls. */
export class Connection {
  readonly client: Client;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(client: Client) {
    this.client = client;
  }

  proof(): string {
    const { agent, gateway: url, token: accessToken, nonce } = this.client;
    return createProof({ key: agent.key, method: 'POST', url, accessToken, nonce });
  }

  async call(
    name: string,
    args: unknown,
    handle?: string,
    proof: string = this.proof(),
  ): Promise<ToolAnswer> {
    return this.start(name, args, handle, proof).answer;
  }

  start(
    name: string,
    args: unknown,
    handle?: string,
    proof: string = this.proof(),
  ): { readonly id: unknown; readonly answer: Promise<ToolAnswer> } {
    const meta = handle === undefined ? {} : { 'dev.bailiwick/approval': handle };
    const body = modernBody('tools/call', { name, arguments: args, _meta: meta });
    const answer = this.#post(body, modernHeaders('tools/call', name), proof);
    return { id: body['id'], answer: answer.then((told) => this.#read(told)) };
  }

  async notify(method: string, params: Record<string, unknown>): Promise<number> {
    const { id: _, ...body } = modernBody(method, params);
    return (await this.#post(body, modernHeaders(method), this.proof())).status;
  }

  #read(answer: Response): Promise<ToolAnswer> {
    this.client.nonce = answer.headers.get('dpop-nonce') ?? this.client.nonce;
    if (answer.status === 401) this.client.challenged += 1;
    return readAnswer(answer);
  }

  close(): void {
    this.#agent.destroy();
  }

  #post(body: unknown, headers: Record<string, string>, dpop: string): Promise<Response> {
    const { gateway, token } = this.client;
    const options = {
      method: 'POST',
      agent: this.#agent,
      headers: { ...headers, authorization: `DPoP ${token}`, dpop },
    };
    return new Promise((resolve, reject) => {
      const sent = request(gateway, options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode: status = 0, headers: told } = response;
          const nonce = told['dpop-nonce'];
          const init = typeof nonce === 'string' ? { headers: { 'dpop-nonce': nonce } } : {};
          const text = status === 204 || status === 202 ? null : Buffer.concat(chunks);
          resolve(new Response(text, { status, ...init }));
        });
      });
      sent.on('error', reject);
      sent.end(JSON.stringify(body));
    });
  }
}

/** Who wrote the record of an answer. */
export async function writerOf(instance: Instance, { record }: ToolAnswer): Promise<string> {
  const path = `/v1/records/${record}`;
  for (let tries = 0; tries < 1_000; tries += 1) {
    const found = await instance.admin.request('GET', path).catch(() => undefined);
    const writer = (found?.['record'] as Record<string, unknown> | undefined)?.['writer'];
    if (typeof writer === 'string') return writer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the record ${record} is not there\n${instance.output()}`);
}

/** One connection to each gateway of a listener, by the writer that answers on it. */
export async function connectionToEach(
  instance: Instance,
  client: Client,
  writers: readonly string[],
): Promise<Readonly<Record<string, Connection>>> {
  const found: Record<string, Connection> = {};
  // The kernel deals them out by chance: sixty in a row to one of two do not happen.
  for (let tries = 0; tries < 60 && Object.keys(found).length < writers.length; tries += 1) {
    const connection = new Connection(client);
    let answer = await connection.call('fake.echo', { text: 'who' });
    if (answer.status === 401) answer = await connection.call('fake.echo', { text: 'who' });
    const writer = await writerOf(instance, answer);
    if (found[writer] === undefined) found[writer] = connection;
    else connection.close();
  }
  return found;
}
