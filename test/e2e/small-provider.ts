import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generateInstanceKey } from '../../sdk/index.ts';
import { signJws } from '../../sdk/key.ts';

/** An identity provider as far as tokens of users go: metadata, keys, and what it signs. */
export interface SmallProvider {
  readonly issuer: string;
  /** An access token of this user, for whoever may exchange it. */
  token(of: {
    readonly subject: string;
    readonly groups: readonly string[];
    readonly sid?: string;
  }): string;
  close(): Promise<void>;
}

export const exchangeAudience = 'bailiwick-agents';

export async function startSmallProvider(): Promise<SmallProvider> {
  const key = generateInstanceKey();
  const server: Server = createServer((request, response) => {
    const body = request.url === '/jwks' ? keys : metadata;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const keys = { keys: [{ ...key.jwk, kid: 'k1', use: 'sig', alg: algorithmOf(key.jwk) }] };
  const metadata = {
    issuer,
    jwks_uri: `${issuer}/jwks`,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [algorithmOf(key.jwk)],
    code_challenge_methods_supported: ['S256'],
  };
  let count = 0;
  return {
    issuer,
    token({ subject, groups, sid }) {
      count += 1;
      const now = Math.floor(Date.now() / 1_000);
      return signJws(
        key,
        { typ: 'at+jwt', kid: 'k1' },
        {
          iss: issuer,
          sub: subject,
          aud: exchangeAudience,
          client_id: 'portal',
          iat: now,
          exp: now + 3_600,
          jti: `t-${count}`,
          groups: [...groups],
          ...(sid === undefined ? {} : { sid }),
        },
      );
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function algorithmOf(jwk: Readonly<Record<string, unknown>>): string {
  return jwk['kty'] === 'OKP' ? 'EdDSA' : 'ES256';
}
