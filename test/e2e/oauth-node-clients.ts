import {
  Client as SecondClient,
  StreamableHTTPClientTransport as SecondTransport,
} from '@modelcontextprotocol/client';
import type {
  OAuthClientProvider,
  OAuthDiscoveryState,
} from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js';
import { callback } from './oauth-world.ts';

export interface CallTold {
  readonly isError: boolean;
  readonly text: string;
  readonly record: string;
}

export interface Connection {
  list(): Promise<readonly string[]>;
  call(tool: string, args: Record<string, unknown>): Promise<CallTold>;
  close(): Promise<void>;
}

/** One generation of the SDK. It does the dance itself; we keep for it what it asks to be kept. */
export interface OAuthSdk {
  readonly name: string;
  connect(url: string, keeper: Keeper): Promise<Connection>;
  /** With what the user's browser brought back. */
  finish(url: string, keeper: Keeper, answer: URL): Promise<void>;
}

/** Keeps, and decides nothing; both generations ask for the same. */
export class Keeper implements OAuthClientProvider {
  readonly redirectUrl: string;
  /** Where its user was last sent. */
  sentTo: URL | undefined;
  kept: OAuthTokens | undefined;
  /** What its client sends by. */
  by: typeof fetch = fetch;
  #client: OAuthClientInformationMixed | undefined;
  #verifier = '';
  #discovered: OAuthDiscoveryState | undefined;

  constructor(client?: OAuthClientInformationMixed, redirectUrl = callback) {
    this.#client = client;
    this.redirectUrl = redirectUrl;
  }

  get clientMetadata(): OAuthClientMetadata {
    return {
      client_name: 'Desk',
      redirect_uris: [this.redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    };
  }

  state(): string {
    return 'a state of the client';
  }

  clientInformation(): OAuthClientInformationMixed | undefined {
    return this.#client;
  }

  saveClientInformation(client: OAuthClientInformationMixed): void {
    this.#client = client;
  }

  tokens(): OAuthTokens | undefined {
    return this.kept;
  }

  saveTokens(tokens: OAuthTokens): void {
    this.kept = tokens;
  }

  redirectToAuthorization(place: URL): void {
    this.sentTo = place;
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  codeVerifier(): string {
    return this.#verifier;
  }

  saveDiscoveryState(discovered: OAuthDiscoveryState): void {
    this.#discovered = discovered;
  }

  discoveryState(): OAuthDiscoveryState | undefined {
    return this.#discovered;
  }

  invalidateCredentials(what: string): void {
    if (what === 'all' || what === 'tokens') this.kept = undefined;
  }
}

/**
 * Asks for new tokens wait until so many calls were refused: the SDKs give a call up that hears 401 between
 * another's new tokens and the first answer to them, and which comes first is the machine's.
 */
export function refusedTogether(calls: number): typeof fetch {
  let heard = 0;
  const all = Promise.withResolvers<void>();
  return async (input, init) => {
    if (new URL(input instanceof Request ? input.url : input).pathname === '/oauth/token') {
      await all.promise;
    }
    const answer = await fetch(input, init);
    if (answer.status !== 401) return answer;
    const whole = new Response(await answer.text(), answer);
    heard += 1;
    if (heard >= calls) all.resolve();
    return whole;
  };
}

const info = { name: 'desk', version: '1' };

interface Told {
  readonly isError?: boolean | undefined;
  readonly content?: unknown;
  readonly _meta?: Readonly<Record<string, unknown>> | undefined;
}

function toldBy({ isError, content, _meta }: Told): CallTold {
  const texts = (content as { text?: string }[]).map(({ text }) => text ?? '');
  const record = _meta?.['dev.bailiwick/record'];
  return { isError: isError === true, text: texts.join('\n'), record: String(record) };
}

export const firstSdk: OAuthSdk = {
  name: 'typescript sdk 1.32.2',
  async connect(url, keeper) {
    const client = new Client(info);
    const transport = new StreamableHTTPClientTransport(new URL(url), {
      authProvider: keeper,
      fetch: (input, init) => keeper.by(input, init),
    });
    await client.connect(transport);
    return {
      list: async () => (await client.listTools()).tools.map(({ name }) => name),
      call: async (name, args) => toldBy(await client.callTool({ name, arguments: args })),
      close: () => client.close(),
    };
  },
  async finish(url, authProvider, answer) {
    const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider });
    await transport.finishAuth(answer.searchParams.get('code') ?? '');
  },
};

export const secondSdk = (mode: 'legacy' | 'auto', by?: typeof fetch): OAuthSdk => ({
  name: `typescript sdk 2.4.0, ${mode}`,
  async connect(url, keeper) {
    const client = new SecondClient(info, { versionNegotiation: { mode } });
    const transport = new SecondTransport(new URL(url), {
      authProvider: keeper,
      fetch: by ?? ((input, init) => keeper.by(input, init)),
    });
    await client.connect(transport);
    return {
      list: async () => (await client.listTools()).tools.map(({ name }) => name),
      call: async (name, args) => toldBy(await client.callTool({ name, arguments: args })),
      close: () => client.close(),
    };
  },
  // It checks `iss` of the answer (RFC 9207), which it is given whole.
  finish: (url, authProvider, answer) =>
    new SecondTransport(new URL(url), { authProvider, fetch: by ?? fetch }).finishAuth(
      answer.searchParams,
    ),
});

export const nodeSdks: readonly OAuthSdk[] = [firstSdk, secondSdk('legacy'), secondSdk('auto')];
