import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpsServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type PeerCertificate, type TLSSocket } from 'node:tls';
import { beforeEach, describe, expect, it } from 'vitest';
import { isRefusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import {
  clientCertificate,
  createServerCertificate,
  generateInstanceKey,
  type InstanceKey,
  selfSignedCertificate,
} from '../../../sdk/index.ts';
import {
  createIdentityWorld,
  type IdentityWorld,
  presented,
  proven,
  type TestInstance,
} from '../../../test/fakes/identity-world.ts';
import { atOnce } from '../../../test/fakes/at-once.ts';
import type { IdentityGate } from './door.ts';
import { createIdentityGate } from './index.ts';

let world: IdentityWorld;
let gate: IdentityGate;
let a: TestInstance;

beforeEach(async () => {
  world = await createIdentityWorld();
  gate = createIdentityGate();
  a = await world.enrol('support');
});

/** DER of a client certificate that is valid around the world's clock. */
function certificateOf(key: InstanceKey, from = -60_000, to = 86_400_000): Buffer {
  const now = world.clock.now();
  const times = { notBefore: now + from, notAfter: now + to };
  const pem = selfSignedCertificate({
    key: key.privateKey,
    name: 'agent',
    purpose: 'client',
    ...times,
  });
  return new X509Certificate(pem).raw;
}

function identifiedBy(...asked: Parameters<IdentityGate['identify']>) {
  return atOnce(gate.identify(...asked));
}

function codeOf(request: Partial<Parameters<typeof presented>[0]>): string {
  const answer = identifiedBy(presented(request), world.context());
  return isRefusal(answer) ? answer.code : answer.binding;
}

describe('a client certificate', () => {
  it('identifies the instance whose key it carries [IDN-01]', () => {
    const request = presented({ clientCertificate: certificateOf(a.key) });
    const answer = identifiedBy(request, world.context());
    expect(answer).toMatchObject({
      agent: 'support',
      instance: a.enrolled.instance,
      binding: 'mtls',
      keyThumbprint: a.key.thumbprint,
    });
    expect(identifiedBy(request, world.context())).toEqual(answer);
  });

  it('serves for Ed25519 keys, and gives the same session as a proof does', async () => {
    const b = await world.enrol('refunds', generateInstanceKey('EdDSA'));
    const now = world.clock.now();
    const accessToken = await world.token(b);
    const nonce = gate.nonce(now);
    const proof = proven({ key: b.key, accessToken, nonce, now });
    const byProof = identifiedBy(proof, world.context());
    const byKey = identifiedBy(
      presented({ clientCertificate: certificateOf(b.key) }),
      world.context(),
    );
    expect(byKey).toEqual({ ...byProof, binding: 'mtls' });
  });

  it('of a key that is not enrolled, or not any more, is refused [IDN-01, IDN-05]', async () => {
    const clientCertificate = certificateOf(a.key);
    expect(codeOf({ clientCertificate })).toBe('mtls');
    const stranger = certificateOf(generateInstanceKey());
    expect(codeOf({ clientCertificate: stranger })).toBe('identity/unknown-certificate');
    const strangerIn = (certificate: Buffer) =>
      gate.stranger(presented({ clientCertificate: certificate }), world.context())?.code;
    expect(strangerIn(stranger)).toBe('identity/unknown-certificate');
    expect(strangerIn(clientCertificate)).toBeUndefined();
    const { tenant, instance } = a.enrolled;
    await world.revoke({ tenant, instance });
    expect(codeOf({ clientCertificate })).toBe('identity/unknown-certificate');
  });

  it('is refused before and after its time, give or take the skew, also when it is known', () => {
    const clientCertificate = certificateOf(a.key, 60_000, 120_000);
    const codes = [0, 30_000, 90_000, 29_000, 2_000].map((step) => {
      world.clock.advance(step);
      return codeOf({ clientCertificate });
    });
    expect(limits.clockSkewMs).toBe(30_000);
    expect(codes).toEqual([
      'identity/unknown-certificate',
      'mtls',
      'mtls',
      'mtls',
      'identity/unknown-certificate',
    ]);
  });

  it('of another kind of key, or that is none, is refused', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const now = world.clock.now();
    const pem = selfSignedCertificate({
      key: privateKey,
      name: 'x',
      purpose: 'client',
      notBefore: now,
      notAfter: now + 1_000,
    });
    const good = certificateOf(a.key);
    const broken = [new X509Certificate(pem).raw, Buffer.alloc(0), good.subarray(0, 60)];
    const codes = broken.map((clientCertificate) => codeOf({ clientCertificate }));
    expect(codes).toEqual(broken.map(() => 'identity/unknown-certificate'));
  });

  it('beside a header serves only when both are of one key [IDN-05]', async () => {
    const b = await world.enrol('refunds');
    const token = await world.token(a);
    const ask = { tenant: 'main', agent: 'support', by: 'ada' };
    const unbound = (await world.enrolment.issueUnboundToken(ask)).accessToken;
    const now = world.clock.now();
    const proof = () => proven({ key: a.key, accessToken: token, nonce: gate.nonce(now), now });
    const own = { clientCertificate: certificateOf(a.key) };
    const other = { clientCertificate: certificateOf(b.key) };
    const strange = { clientCertificate: certificateOf(generateInstanceKey()) };
    expect(codeOf({ ...proof(), ...own })).toBe('mtls');
    // The handshake proved the key that the token is bound to.
    expect(codeOf({ authorization: `Bearer ${token}`, ...own })).toBe('mtls');
    expect(codeOf({ ...proof(), ...other })).toBe('identity/key-mismatch');
    expect(codeOf({ authorization: `Bearer ${token}`, ...other })).toBe('identity/invalid-proof');
    expect(codeOf({ authorization: `Bearer ${unbound}`, ...own })).toBe('identity/key-mismatch');
    expect(codeOf({ authorization: 'Bearer sk-1', ...own })).toBe('identity/api-key');
    expect(codeOf({ ...proof(), ...strange })).toBe('identity/unknown-certificate');
  });
});

describe('the certificates that the client writes', () => {
  it.each(['ES256', 'EdDSA'] as const)('are what X.509 says, for %s keys', (algorithm) => {
    const key = generateInstanceKey(algorithm);
    const certificate = new X509Certificate(clientCertificate(key, { name: 'agent é' }).cert);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(clientCertificate(key).key))).toBe(true);
    expect(certificate.subject).toBe('CN=agent é');
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now());
  });

  it('hold their times on both sides of 2050', () => {
    const { privateKey } = generateInstanceKey();
    const notBefore = Date.UTC(2026, 0, 2, 3, 4, 5);
    const notAfter = Date.UTC(2051, 5, 6, 7, 8, 9);
    const pem = selfSignedCertificate({
      key: privateKey,
      name: 'x',
      purpose: 'client',
      notBefore,
      notAfter,
    });
    const { validFrom, validTo } = new X509Certificate(pem);
    expect([Date.parse(validFrom), Date.parse(validTo)]).toEqual([notBefore, notAfter]);
  });

  it('name this machine for the server, and refuse what is no address', () => {
    const certificate = new X509Certificate(createServerCertificate().cert);
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkHost('localhost')).toBe('localhost');
    const { privateKey } = generateInstanceKey();
    const options = { key: privateKey, name: 'x', purpose: 'server', notBefore: 0, notAfter: 1 };
    expect(() =>
      selfSignedCertificate({ ...options, purpose: 'server', ipAddresses: ['::1'] }),
    ).toThrow('no IPv4 address');
  });

  it.each(['ES256', 'EdDSA'] as const)(
    'carry a %s key through a true handshake to the gate',
    async (algorithm) => {
      const instance = await world.enrol('analyst', generateInstanceKey(algorithm));
      const server = createServerCertificate();
      const seen = await handshake(server, clientCertificate(instance.key));
      // The client's certificate is valid by the machine's clock.
      const context = { ...world.context(), now: Date.now() };
      expect(identifiedBy(presented({ clientCertificate: seen }), context)).toMatchObject({
        instance: instance.enrolled.instance,
        binding: 'mtls',
      });
    },
  );

  it('are trusted by an HTTPS client that was given the certificate itself', async () => {
    const server = createServerCertificate();
    const https = createHttpsServer(server, (_request, response) => response.end('hello'));
    https.listen(0, '127.0.0.1');
    await once(https, 'listening');
    const { port } = https.address() as AddressInfo;
    try {
      const request = httpsRequest({ host: '127.0.0.1', port, ca: server.cert }).end();
      const [response] = (await once(request, 'response')) as [{ statusCode: number }];
      expect(response.statusCode).toBe(200);
      request.destroy();
      const stranger = httpsRequest({ host: '127.0.0.1', port }).end();
      await expect(once(stranger, 'response')).rejects.toThrow('self-signed');
    } finally {
      https.closeAllConnections();
      https.close();
    }
  });
});

interface Pem {
  readonly key: string;
  readonly cert: string;
}

/** What the server sees of a client that proved its key over TLS 1.3. */
async function handshake(server: Pem, client: Pem): Promise<Uint8Array> {
  const options = {
    ...server,
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.3',
  } as const;
  const tls = createServer(options);
  tls.listen(0, '127.0.0.1');
  await once(tls, 'listening');
  const { port } = tls.address() as AddressInfo;
  const socket = connect({ host: '127.0.0.1', port, ca: server.cert, ...client });
  try {
    const [peer] = (await once(tls, 'secureConnection')) as [TLSSocket];
    const { raw }: PeerCertificate = peer.getPeerCertificate();
    peer.destroy();
    return raw;
  } finally {
    socket.destroy();
    tls.close();
  }
}
