import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { clientCertificate, createProof, getToken } from '../sdk/index.ts';
import { type Instance, startInstance, type TestAgent } from '../test/e2e/instance.ts';
import { listTools } from '../test/e2e/wire.ts';
import { toolCall } from './asked.ts';
import { documentsOf, type Estate, estateTools, type MoreServer } from './estate.ts';
import { type Asked, runLoad, type Source } from './load.ts';
import { childrenOf } from './proc.ts';
import { userOf } from './user.ts';

export interface Running {
  readonly url: string;
  readonly pid: number;
}

export interface GatewayOptions {
  readonly rules?: number;
  /** Tools of its server besides the usual ones: rules need some to be about. */
  readonly tools?: number;
  /** Apart from others that are alike. */
  readonly tag?: string;
  readonly gateways?: number;
  readonly servers?: readonly MoreServer[];
  /** Agents besides the usual one. */
  readonly agents?: number;
  /** More variables for the supervisor, and so for its programs. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How a gateway is asked: which credential, and what. */
export const credentials = ['bearer', 'mtls', 'dpop', 'user'] as const;
export type Credential = (typeof credentials)[number];

export interface World {
  readonly instance: Instance;
  pids(): readonly number[];
  source(credential: Credential, next: () => Asked, path?: string): Source;
  /** By bearers of so many of its agents, in turn: one alone has half of a server's places. */
  spread(agents: number, next: () => Asked): Source;
  /** A bearer of this agent. */
  bearerOf(agent: string): Promise<string>;
}

const renewAfterMs = 5 * 60_000;

/** Everything that is measured, started when it is first asked for and stopped together. */
export class Worlds {
  readonly #children: ChildProcess[] = [];
  readonly #started = new Map<string, Promise<Running>>();
  readonly #worlds = new Map<string, Promise<World>>();
  readonly #say: (text: string) => void;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  upstream(tools = 0): Promise<Running> {
    return this.#server(`upstream ${tools}`, 'servers.ts', 'upstream', String(tools));
  }

  modern(): Promise<Running> {
    return this.#server('modern', 'servers.ts', 'modern');
  }

  /** As many tool servers as are asked for, at `/0/mcp` and so on. */
  many(): Promise<Running> {
    return this.#server('many', 'servers.ts', 'many');
  }

  model(): Promise<Running> {
    return this.#server('model', 'servers.ts', 'model');
  }

  sdk(): Promise<Running> {
    return this.#server('sdk', 'sdk-server.ts');
  }

  async proxy(of: Promise<Running>): Promise<Running> {
    const { url } = await of;
    return this.#server(`proxy ${url}`, 'servers.ts', 'proxy', url);
  }

  gateway(options: GatewayOptions = {}): Promise<World> {
    const key = JSON.stringify(options);
    const found = this.#worlds.get(key) ?? this.#startGateway(options);
    this.#worlds.set(key, found);
    return found;
  }

  /** Once closed there is nothing left to close. */
  async close(): Promise<void> {
    const started = [...this.#worlds.values()];
    this.#worlds.clear();
    for (const world of await Promise.allSettled(started)) {
      if (world.status === 'fulfilled') await world.value.instance.remove();
    }
    for (const child of this.#children.splice(0)) child.kill();
    this.#started.clear();
  }

  #server(key: string, file: string, ...args: string[]): Promise<Running> {
    const found = this.#started.get(key);
    if (found !== undefined) return found;
    const child = fork(new URL(file, import.meta.url), args);
    this.#children.push(child);
    const started = new Promise<Running>((resolve, reject) => {
      child.once('message', (message) => {
        resolve({ url: (message as { url: string }).url, pid: child.pid ?? 0 });
      });
      child.once('exit', (code) => reject(new Error(`${file} ${args.join(' ')} ended: ${code}`)));
    });
    this.#started.set(key, started);
    return started;
  }

  async #startGateway(options: GatewayOptions): Promise<World> {
    const { rules, tools = rules, gateways, env = {}, tag, servers = [], agents = 0 } = options;
    const told = [
      ...(tag === undefined ? [] : [tag]),
      ...(rules === undefined ? [] : [`${rules} rules`]),
      ...(gateways === undefined ? [] : [`${gateways} processes`]),
    ];
    this.#say(`starting a gateway${told.length === 0 ? '' : `: ${told.join(', ')}`}`);
    const upstream = await this.upstream(tools);
    const estate: Estate = {
      tools: upstream.url,
      servers,
      agents,
      ...(rules === undefined
        ? { model: (await this.model()).url.replace(/mcp$/, 'v1') }
        : { rules }),
    };
    const instance = await startInstance({
      documents: documentsOf(estate),
      args: gateways === undefined ? [] : ['--gateways', String(gateways)],
      env,
    });
    try {
      const agent = await instance.enrolAgent('bench');
      const world = worldOf(instance, agent);
      await untilItAnswers(world, agent, estateTools.length + servers.length);
      return world;
    } catch (error) {
      await instance.remove();
      throw error;
    }
  }
}

function worldOf(instance: Instance, agent: TestAgent): World {
  const pids = () => childrenOf(instance.pid, 'gateway/main.ts');
  return {
    instance,
    pids,
    bearerOf: (name) => bearerOf(instance, name),
    spread(agents, next) {
      const names = Array.from({ length: agents }, (_, at) => `bench-${at}`);
      const each = names.map((name) => bearer(() => bearerOf(instance, name)));
      let turn = 0;
      return {
        url: instance.gateway,
        pids,
        async prepare() {
          for (const one of each) await one.prepare?.();
        },
        next: () => each[(turn += 1) % agents]?.with(next()) ?? next(),
      };
    },
    source(credential, next, path = '/mcp') {
      const at = (url: string) => url.replace(/\/mcp$/, path);
      if (credential === 'mtls') {
        return { url: at(instance.gatewayTls), pids, next, tls: clientCertificate(agent.key) };
      }
      const url = at(instance.gateway);
      const kind =
        credential === 'dpop' ? dpop(agent, url) : bearer(tokensOf(instance, credential));
      return { url, pids, ...kind, next: () => kind.with(next()) };
    },
  };
}

interface WithCredential extends Pick<Source, 'prepare' | 'learn'> {
  with(asked: Asked): Asked;
}

/** For an agent alone, or for a user who lets it act for them: nothing binds either to a key. */
function tokensOf(instance: Instance, credential: 'bearer' | 'user'): () => Promise<string> {
  if (credential === 'bearer') return () => bearerOf(instance, 'bench');
  let user: ReturnType<typeof userOf> | undefined;
  return async () => (await (user ??= userOf(instance)))();
}

function bearer(next: () => Promise<string>): WithCredential {
  let token = '';
  let renewedAt = 0;
  return {
    async prepare() {
      if (token !== '' && Date.now() - renewedAt < renewAfterMs) return;
      token = await next();
      renewedAt = Date.now();
    },
    with: ({ headers, body }) => ({
      headers: [...headers, 'authorization', `Bearer ${token}`],
      body,
    }),
  };
}

async function bearerOf({ admin }: Instance, agent: string): Promise<string> {
  const path = `/v1/agents/${agent}/token`;
  const answer: Record<string, unknown> = await admin.request('POST', path, { reason: 'bench' });
  return String(answer['accessToken']);
}

function dpop({ control, key, identity }: TestAgent, url: string): WithCredential {
  let accessToken = '';
  let renewedAt = 0;
  let nonce: string | undefined;
  return {
    async prepare() {
      if (accessToken !== '' && Date.now() - renewedAt < renewAfterMs) return;
      ({ accessToken } = await getToken({ control, key, identity }));
      renewedAt = Date.now();
    },
    learn: (headers) => void (nonce = String(headers['dpop-nonce'] ?? nonce)),
    with({ headers, body }) {
      const proof = createProof({ key, method: 'POST', url, accessToken, nonce });
      return {
        headers: [...headers, 'authorization', `DPoP ${accessToken}`, 'dpop', proof],
        body,
      };
    },
  };
}

const patienceMs = 30_000;

/** A gateway that has just started looks at its servers first; asked too early, it would refuse. */
async function untilItAnswers(world: World, agent: TestAgent, wanted: number): Promise<void> {
  const until = Date.now() + patienceMs;
  for (let shown = 0; shown < wanted; ) {
    if (Date.now() > until) throw new Error(`the gateway shows ${shown} tools`);
    const { body } = await listTools(agent.fetch, world.instance.gateway);
    shown = body.result?.tools?.length ?? 0;
    await pause(100);
  }
  const source = world.source('mtls', () => toolCall('bench.echo'));
  const { why } = await runLoad(source, { connections: 1, seconds: 0.01, warmSeconds: 0 });
  if (why !== undefined) throw new Error(`the gateway does not answer: ${why}`);
}
