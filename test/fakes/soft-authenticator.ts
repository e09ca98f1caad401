import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { JsonObject } from '#kernel/json/value.ts';

interface Signed {
  readonly challenge: string;
  readonly origin?: string;
  readonly rpId?: string;
  /** Whether it knew its user. */
  readonly verified?: boolean;
}

const home = { origin: 'http://localhost:4011', rpId: 'localhost' } as const;

/** An authenticator and its browser in memory: it lies where a test asks it to. */
export class SoftAuthenticator {
  readonly credential = randomBytes(16).toString('base64url');
  counter = 0;
  readonly #key: KeyObject;
  readonly #cose: Buffer;
  #handle = '';

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#key = privateKey;
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    const place = (text: string) => Buffer.concat([Buffer.from([0x58, 32]), bytes(text)]);
    // A COSE key: EC2, ES256, P-256, x, y.
    this.#cose = Buffer.concat([
      Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]),
      place(x),
      Buffer.from([0x22]),
      place(y),
    ]);
  }

  create(options: JsonObject, over: Partial<Signed> = {}): JsonObject {
    const { challenge, user } = options as unknown as Signed & { readonly user: { id: string } };
    this.#handle = user.id;
    const data = this.#data({ challenge, ...over }, 0x40);
    const id = bytes(this.credential);
    const length = Buffer.from([0, id.length]);
    const authData = Buffer.concat([data, Buffer.alloc(16), length, id, this.#cose]);
    const size = Buffer.from([0x58, authData.length]);
    // { fmt: 'none', attStmt: {}, authData }
    const attestation = Buffer.concat([
      Buffer.from([0xa3]),
      ...['fmt', 'none', 'attStmt'].map(cborText),
      Buffer.from([0xa0]),
      cborText('authData'),
      size,
      authData,
    ]);
    return this.#answer({
      clientDataJSON: client('webauthn.create', { challenge, ...over }),
      attestationObject: attestation.toString('base64url'),
      transports: ['internal'],
    });
  }

  get(options: JsonObject, over: Partial<Signed> = {}): JsonObject {
    this.counter += 1;
    const { challenge = '' } = options as { readonly challenge?: string };
    const asked = { challenge, ...over };
    const data = this.#data(asked, 0);
    const clientDataJSON = client('webauthn.get', asked);
    const digest = createHash('sha256').update(bytes(clientDataJSON)).digest();
    return this.#answer({
      clientDataJSON,
      authenticatorData: data.toString('base64url'),
      signature: sign('sha256', Buffer.concat([data, digest]), this.#key).toString('base64url'),
      userHandle: this.#handle,
    });
  }

  #data({ rpId = home.rpId, verified = true }: Signed, more: number): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(this.counter);
    const flags = 0x01 | (verified ? 0x04 : 0) | more;
    return Buffer.concat([
      createHash('sha256').update(rpId).digest(),
      Buffer.from([flags]),
      counter,
    ]);
  }

  #answer(response: JsonObject): JsonObject {
    const id = this.credential;
    return { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response };
  }
}

function client(type: string, { challenge, origin = home.origin }: Signed): string {
  const data = { type, challenge, origin, crossOrigin: false };
  return Buffer.from(JSON.stringify(data)).toString('base64url');
}

function cborText(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 + text.length]), Buffer.from(text)]);
}

function bytes(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}
