import type { EnrolledIdentity } from '../enrol.ts';
import { type AccessToken, getToken } from '../enrol.ts';
import type { InstanceKey } from '../key.ts';
import { createProof } from '../proof.ts';

/** What makes a request this instance's own. */
export interface Prover {
  headers(method: string, url: URL): Promise<Readonly<Record<string, string>>>;
  /** Learns from every answer: the nonce of the gateway, and whether its token was refused. */
  learn(headers: Readonly<Record<string, unknown>>, status: number): 'again' | 'told';
}

export interface Owner {
  readonly control: string;
  readonly key: InstanceKey;
  readonly identity: EnrolledIdentity;
}

/** The channel itself is the proof (mutual TLS): nothing to add, nothing to learn. */
export const provenByChannel: Prover = {
  headers: async () => ({}),
  learn: () => 'told',
};

const renewBeforeMs = 60_000;

/** A token of a quarter of an hour, renewed in time, and a proof of the key for each request. */
export function createDpopProver(owner: () => Owner): Prover {
  let token: AccessToken | undefined;
  let asked: Promise<AccessToken> | undefined;
  let nonce: string | undefined;
  const current = async (): Promise<string> => {
    if (token !== undefined && token.expiresAt - Date.now() > renewBeforeMs) {
      return token.accessToken;
    }
    asked ??= getToken(owner()).finally(() => (asked = undefined));
    token = await asked;
    return token.accessToken;
  };
  return {
    async headers(method, url) {
      const accessToken = await current();
      const { key } = owner();
      const dpop = createProof({ key, method, url: url.href, accessToken, nonce });
      return { authorization: `DPoP ${accessToken}`, dpop };
    },
    learn(headers, status) {
      const given = headers['dpop-nonce'];
      if (typeof given === 'string') nonce = given;
      if (status !== 401) return 'told';
      const said = headers['www-authenticate'];
      const challenge = typeof said === 'string' ? said : '';
      if (challenge.includes('invalid_token')) token = undefined;
      return challenge.includes('use_dpop_nonce') || challenge.includes('invalid_token')
        ? 'again'
        : 'told';
    },
  };
}
