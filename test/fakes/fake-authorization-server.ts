import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { importJWK, type JWK, jwtVerify, SignJWT } from 'jose';

/** What one kind of request is made of, to the letter. */
export interface Shape {
  /** `undefined`: whatever text; a function says what is wrong. */
  readonly fields: Readonly<Record<string, string | undefined>>;
  /** What is answered when nothing is wrong. */
  readonly answer: (fields: Readonly<Record<string, string>>) => Promise<object> | object;
}

/**
 * An authorization server by documented shapes: a field too many, too few or otherwise is `invalid_request`, a
 * client that does not prove itself `invalid_client`, as theirs do it.
 */
export class FakeAuthorizationServer {
  readonly asked: Readonly<Record<string, string>>[] = [];
  url = '';
  /** By the path of its token endpoint. */
  readonly shapes = new Map<string, Shape>();
  /** Clients by name: the secret, or the key that they sign with. */
  readonly clients = new Map<string, string | JWK>();
  readonly #used = new Set<string>();
  readonly #server = createServer((request, response) => {
    void this.#answer(request).then(
      (body) => {
        const isFault = 'error' in body;
        const status = isFault ? (body.error === 'invalid_client' ? 401 : 400) : 200;
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      },
      () => void response.writeHead(500).end(),
    );
  });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** A token of its own: nobody else judges its signature. */
  token(claims: Record<string, unknown>, typ = 'JWT'): Promise<string> {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ })
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(new Uint8Array(32));
  }

  async #answer(request: IncomingMessage): Promise<object> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const pairs = [...new URLSearchParams(Buffer.concat(chunks).toString())];
    const all = Object.fromEntries(pairs);
    this.asked.push(all);
    const shape = this.shapes.get(request.url ?? '');
    const isForm = request.headers['content-type'] === 'application/x-www-form-urlencoded';
    if (shape === undefined || request.method !== 'POST' || !isForm) {
      return { error: 'invalid_request' };
    }
    if (pairs.length !== Object.keys(all).length) return { error: 'invalid_request' };
    const { client_id, client_secret, client_assertion, client_assertion_type, ...fields } = all;
    const place = `${this.url}${request.url ?? ''}`;
    const proof = { client_id, client_secret, client_assertion, client_assertion_type };
    if (!(await this.#isClient(proof, place))) return { error: 'invalid_client' };
    const names = Object.keys(shape.fields).sort();
    if (Object.keys(fields).sort().join() !== names.join()) return { error: 'invalid_request' };
    const wrong = names.find((name) => {
      const wanted = shape.fields[name];
      return fields[name] === '' || (wanted !== undefined && fields[name] !== wanted);
    });
    if (wrong !== undefined) return { error: 'invalid_request', error_description: wrong };
    return shape.answer(fields);
  }

  async #isClient(
    proof: Readonly<Record<string, string | undefined>>,
    place: string,
  ): Promise<boolean> {
    const { client_id: id = '', client_secret: secret, client_assertion: assertion } = proof;
    const known = this.clients.get(id);
    if (typeof known === 'string') return secret === known && assertion === undefined;
    const isJwt =
      proof['client_assertion_type'] === 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
    if (known === undefined || secret !== undefined || assertion === undefined || !isJwt) {
      return false;
    }
    try {
      const { payload } = await jwtVerify(assertion, await importJWK(known, 'EdDSA'), {
        issuer: id,
        subject: id,
        audience: place,
        typ: 'client-authentication+jwt',
      });
      const { jti = '' } = payload;
      const isFresh = jti !== '' && !this.#used.has(jti);
      this.#used.add(jti);
      return isFresh;
    } catch {
      return false;
    }
  }
}
