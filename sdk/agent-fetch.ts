import { type AccessToken, type EnrolledIdentity, getToken } from './enrol.ts';
import type { InstanceKey } from './key.ts';
import { createProof } from './proof.ts';

export interface AgentFetchOptions {
  readonly control: string;
  readonly key: InstanceKey;
  readonly identity: EnrolledIdentity;
}

const renewBeforeMs = 60_000;

/**
 * A fetch that proves its key on every request: for any MCP client that lets one be given. It renews
 * its token, learns the gateway's nonce from every answer, and repeats once when the nonce was old.
 */
export function createAgentFetch(options: AgentFetchOptions): typeof fetch {
  let token: Promise<AccessToken> | undefined;
  let nonce: string | undefined;
  const freshToken = async (): Promise<string> => {
    const known = await token?.catch(() => undefined);
    if (known !== undefined && known.expiresAt - Date.now() > renewBeforeMs)
      return known.accessToken;
    token = getToken(options);
    return (await token).accessToken;
  };
  const once = async (input: string | URL | Request, init: RequestInit): Promise<Response> => {
    const request = input instanceof Request ? input.url : String(input);
    const method = init.method ?? (input instanceof Request ? input.method : 'GET');
    const accessToken = await freshToken();
    const headers = new Headers(
      init.headers ?? (input instanceof Request ? input.headers : undefined),
    );
    headers.set('authorization', `DPoP ${accessToken}`);
    headers.set(
      'dpop',
      createProof({ key: options.key, method, url: request, accessToken, nonce }),
    );
    const response = await fetch(input, { ...init, headers });
    nonce = response.headers.get('dpop-nonce') ?? nonce;
    return response;
  };
  return async (input, init = {}) => {
    const response = await once(input, init);
    const challenge = response.headers.get('www-authenticate') ?? '';
    if (response.status !== 401 || !challenge.includes('use_dpop_nonce')) return response;
    await response.body?.cancel();
    return once(input, init);
  };
}
