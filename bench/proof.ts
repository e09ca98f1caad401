import { generateKeyPairSync, type KeyObject, sign, verify, X509Certificate } from 'node:crypto';
import type { Presented } from '#kernel/call.ts';
import { isRefusal } from '#kernel/errors.ts';
import { createIdentityGate } from '#planes/identity/index.ts';
import { generateInstanceKey, selfSignedCertificate } from '../sdk/index.ts';
import { createIdentityWorld, presented, proven } from '../test/fakes/identity-world.ts';

/**
 * Processor microseconds per `identify` for each way to prove who one is, beside the bare signature
 * in the same run: every proof is a new one, token and key are known, as in a busy gateway. Takes
 * under 10 s.
 */
const rounds = 1_500;
const batches = 5;

const world = await createIdentityWorld();
const gate = createIdentityGate();
const now = world.clock.now();
const nonce = gate.nonce(now);

interface Measured {
  readonly what: string;
  /** Makes one piece of work before the clock runs; doing it answers whether it went well. */
  readonly prepare: () => () => boolean;
}

function once({ what, prepare }: Measured): number {
  const works = Array.from({ length: rounds }, prepare);
  const before = process.cpuUsage();
  for (const work of works) if (!work()) throw new Error(`${what} failed`);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / rounds;
}

/** Side by side, batch by batch, so that a busy machine is busy for all of them. */
function compare(measured: readonly Measured[]): void {
  const times = measured.map((): number[] => []);
  for (let batch = 0; batch <= batches; batch += 1) {
    for (const [index, one] of measured.entries()) {
      const time = once(one);
      if (batch > 0) times[index]?.push(time);
    }
  }
  for (const [index, { what }] of measured.entries()) {
    const sorted = (times[index] ?? []).toSorted((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
    console.log(`proof: ${what}: ${median.toFixed(1)} µs (best ${(sorted[0] ?? 0).toFixed(1)})`);
  }
}

function identifying(what: string, next: () => Presented): Measured {
  const context = world.context();
  const prepare = () => {
    const request = asReceived(next());
    return () => !isRefusal(gate.identify(request, context));
  };
  return { what, prepare };
}

/** Headers come off the wire as one piece, not as the parts that a test put together. */
function asReceived(request: Presented): Presented {
  const flat = (text: string | undefined) =>
    text === undefined ? undefined : Buffer.from(text, 'latin1').toString('latin1');
  return { ...request, authorization: flat(request.authorization), dpop: flat(request.dpop) };
}

const signed = Buffer.alloc(480, 'a');

function signing(what: string, key: KeyObject, publicKey: KeyObject): Measured {
  const hash = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  const prepare = () => {
    const signature = sign(hash, signed, key);
    return () => verify(hash, signed, publicKey, signature);
  };
  return { what, prepare };
}

async function dpop(algorithm: 'ES256' | 'EdDSA'): Promise<Measured> {
  const instance = await world.enrol('bench', generateInstanceKey(algorithm));
  const accessToken = await world.token(instance);
  const { key } = instance;
  return identifying(`DPoP ${algorithm}`, () => proven({ key, accessToken, nonce, now }));
}

async function certificate(): Promise<Measured> {
  const { key } = await world.enrol('bench');
  const pem = selfSignedCertificate({
    key: key.privateKey,
    name: 'bench',
    purpose: 'client',
    notBefore: now,
    notAfter: now + 60_000,
  });
  const { raw } = new X509Certificate(pem);
  return identifying('mutual TLS, certificate known', () => presented({ clientCertificate: raw }));
}

async function bearer(): Promise<Measured> {
  const ask = { tenant: 'main', agent: 'bench', by: 'bench' };
  const { accessToken } = await world.enrolment.issueUnboundToken(ask);
  const authorization = `Bearer ${accessToken}`;
  return identifying('bearer, token known', () => presented({ authorization }));
}

const es = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');
compare([
  signing('bare ES256 signature', es.privateKey, es.publicKey),
  await dpop('ES256'),
  signing('bare Ed25519 signature', ed.privateKey, ed.publicKey),
  await dpop('EdDSA'),
  await certificate(),
  await bearer(),
]);
