import { type AccessToken, type EnrolledIdentity, getToken } from './enrol.ts';
import type { InstanceKey } from './key.ts';
import { createProof } from './proof.ts';

export interface AgentFetchOptions {
  readonly control: string;
  /** When it is named, token and proof go to this origin and to no other. */
  readonly gateway?: string;
  readonly key: InstanceKey;
  readonly identity: EnrolledIdentity;
}

const renewBeforeMs = 60_000;

interface Ask {
  readonly url: string;
  readonly method: string;
  readonly init: RequestInit;
  /** Whether the body can be sent a second time. */
  readonly repeatable: boolean;
}

/**
 * A fetch that proves its key on every request: for any MCP client that lets one be given. It renews
 * its token, learns the gateway's nonce from every answer, and repeats once when the nonce was old.
 */
export function createAgentFetch(options: AgentFetchOptions): typeof fetch {
  const origin = options.gateway === undefined ? undefined : new URL(options.gateway).origin;
  const tokens = createTokenKeeper(options);
  let nonce: string | undefined;
  const once = async ({ url, method, init }: Ask, accessToken: string): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `DPoP ${accessToken}`);
    headers.set('dpop', createProof({ key: options.key, method, url, accessToken, nonce }));
    // No credential follows a redirect.
    const response = await fetch(url, { ...init, method, headers, redirect: 'error' });
    nonce = response.headers.get('dpop-nonce') ?? nonce;
    return response;
  };
  return async (input, init = {}) => {
    const ask = await askOf(input, init);
    if (origin !== undefined && new URL(ask.url).origin !== origin) {
      throw new TypeError(`the credentials of this agent are for ${origin} only`);
    }
    const accessToken = await tokens.current();
    const response = await once(ask, accessToken);
    if (response.status !== 401) return response;
    const challenge = response.headers.get('www-authenticate') ?? '';
    if (challenge.includes('invalid_token')) tokens.forget(accessToken);
    if (!challenge.includes('use_dpop_nonce') || !ask.repeatable) return response;
    await response.body?.cancel();
    return once(ask, await tokens.current());
  };
}

async function askOf(input: string | URL | Request, init: RequestInit): Promise<Ask> {
  if (!(input instanceof Request)) {
    const repeatable = !(init.body instanceof ReadableStream);
    return { url: String(input), method: (init.method ?? 'GET').toUpperCase(), init, repeatable };
  }
  const request = new Request(input, init);
  const { url, method, headers, signal } = request;
  const body = request.body === null ? {} : { body: await request.arrayBuffer() };
  return { url, method, init: { headers, signal, ...body }, repeatable: true };
}

/** One token at a time, asked for once however many requests wait for it. */
function createTokenKeeper(options: AgentFetchOptions) {
  let known: AccessToken | undefined;
  let asked: Promise<AccessToken> | undefined;
  return {
    async current(): Promise<string> {
      if (known !== undefined && known.expiresAt - Date.now() > renewBeforeMs) {
        return known.accessToken;
      }
      asked ??= getToken(options).finally(() => (asked = undefined));
      known = await asked;
      return known.accessToken;
    },
    /** This one, and no newer one: of many calls that hear the same no, one alone asks for another token. */
    forget(accessToken: string): void {
      if (known?.accessToken === accessToken) known = undefined;
    },
  };
}
