import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWTPayload,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose';
import type { Clock } from '#kernel/time.ts';

export interface TestKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: Record<string, unknown>;
}

export async function testKey(kid: string, alg = 'ES256'): Promise<TestKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/**
 * An OpenID provider that does what the test says: whoever asks is signed in as `claims`. Whatever it answers can
 * be put out of order.
 */
export class FakeIdentityProvider {
  readonly asked: string[] = [];
  /** What the token endpoint was last sent. */
  redeemed:
    | { readonly body: URLSearchParams; readonly authorization: string | undefined }
    | undefined;
  keys: TestKey[] = [];
  metadata: Record<string, unknown> = {};
  /** Of everybody who signs in. */
  claims: JWTPayload = { sub: 'u-1', preferred_username: 'ann', groups: ['staff'] };
  /** Instead of what is right. */
  tokenAnswer: ((right: Record<string, unknown>) => { status: number; body: unknown }) | undefined;
  isAway = false;
  url = '';
  readonly #codes = new Map<string, URLSearchParams>();
  readonly #clock: Pick<Clock, 'now'>;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  private constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  static async start(clock: Pick<Clock, 'now'>): Promise<FakeIdentityProvider> {
    const provider = new FakeIdentityProvider(clock);
    await new Promise<void>((resolve) => provider.#server.listen(0, '127.0.0.1', resolve));
    const { port } = provider.#server.address() as AddressInfo;
    provider.url = `http://127.0.0.1:${port}`;
    provider.keys = [await testKey('k1')];
    return provider;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  seconds(offset = 0): number {
    return Math.trunc(this.#clock.now() / 1_000) + offset;
  }

  /** Signed by the newest key, with what a token needs unless it is said otherwise. */
  sign(claims: JWTPayload, header: Partial<JWTHeaderParameters> = {}, key = this.keys.at(-1)) {
    if (key === undefined) throw new Error('no key');
    const whole = { iss: this.url, iat: this.seconds(), exp: this.seconds(300), ...claims };
    return new SignJWT(whole)
      .setProtectedHeader({ alg: key.alg, kid: key.kid, ...header })
      .sign(key.privateKey);
  }

  /** What a browser does there: says yes at once. Answers where it is sent back to. */
  authorize(location: string): URL {
    const { searchParams: asked, origin, pathname } = new URL(location);
    if (`${origin}${pathname}` !== `${this.url}/authorize`) throw new Error('another place');
    const code = `code-${this.#codes.size + 1}`;
    this.#codes.set(code, asked);
    const back = new URL(asked.get('redirect_uri') ?? '');
    back.searchParams.set('code', code);
    back.searchParams.set('state', asked.get('state') ?? '');
    back.searchParams.set('iss', this.url);
    return back;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    this.asked.push(path);
    if (this.isAway) return void response.writeHead(503).end();
    const { status = 200, body } = await this.#answer(path, request);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  async #answer(path: string, request: IncomingMessage) {
    if (path === '/.well-known/openid-configuration') {
      return {
        body: {
          issuer: this.url,
          authorization_endpoint: `${this.url}/authorize`,
          token_endpoint: `${this.url}/token`,
          jwks_uri: `${this.url}/jwks`,
          end_session_endpoint: `${this.url}/end`,
          ...this.metadata,
        },
      };
    }
    if (path === '/jwks') return { body: { keys: this.keys.map(({ jwk }) => jwk) } };
    if (path === '/token') return this.#token(request);
    return { status: 404, body: {} };
  }

  async #token(request: IncomingMessage): Promise<{ status?: number; body: unknown }> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = new URLSearchParams(Buffer.concat(chunks).toString());
    this.redeemed = { body, authorization: request.headers.authorization };
    const asked = this.#codes.get(body.get('code') ?? '');
    this.#codes.delete(body.get('code') ?? '');
    const verifier = createHash('sha256').update(body.get('code_verifier') ?? '');
    const isProven =
      asked?.get('code_challenge') === verifier.digest('base64url') &&
      asked.get('redirect_uri') === body.get('redirect_uri');
    if (!isProven) return { status: 400, body: { error: 'invalid_grant' } };
    const nonce = asked?.get('nonce') ?? undefined;
    const right = {
      access_token: 'an access token',
      token_type: 'Bearer',
      id_token: await this.sign({
        aud: asked?.get('client_id') ?? '',
        ...(nonce === undefined ? {} : { nonce }),
        ...this.claims,
      }),
    };
    return this.tokenAnswer?.(right) ?? { body: right };
  }
}
