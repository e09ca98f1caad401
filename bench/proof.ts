import { X509Certificate } from 'node:crypto';
import { isRefusal } from '#kernel/errors.ts';
import type { Presented } from '#kernel/call.ts';
import { createIdentityGate } from '#planes/identity/index.ts';
import { generateInstanceKey, selfSignedCertificate } from '../sdk/index.ts';
import { createIdentityWorld, presented, proven } from '../test/fakes/identity-world.ts';

/**
 * Microseconds per `identify` for each way to prove who one is: every proof is a new one, token and
 * key are known, as in a busy gateway. Takes under 10 s.
 */
const rounds = 10_000;
const batches = 5;

const world = await createIdentityWorld();
const gate = createIdentityGate();
const now = world.clock.now();
const nonce = gate.nonce(now);

/** Median of the batches, after one that warms up; the requests are made before the clock runs. */
function measure(what: string, next: () => Presented): void {
  const times: number[] = [];
  for (let batch = 0; batch <= batches; batch += 1) {
    const requests = Array.from({ length: rounds / batches }, next);
    const context = world.context();
    const start = performance.now();
    for (const request of requests) {
      const answer = gate.identify(request, context);
      if (isRefusal(answer)) throw new Error(`${what}: ${answer.code}`);
    }
    if (batch > 0) times.push(((performance.now() - start) * 1_000) / requests.length);
  }
  const median = times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
  console.log(`proof: ${what}: ${median.toFixed(1)} µs`);
}

for (const algorithm of ['ES256', 'EdDSA'] as const) {
  const instance = await world.enrol('bench', generateInstanceKey(algorithm));
  const accessToken = await world.token(instance);
  const { key } = instance;
  measure(`DPoP ${algorithm}`, () => proven({ key, accessToken, nonce, now }));
}

const { key } = await world.enrol('bench');
const certificate = selfSignedCertificate({
  key: key.privateKey,
  name: 'bench',
  purpose: 'client',
  notBefore: now,
  notAfter: now + 60_000,
});
const { raw } = new X509Certificate(certificate);
measure('mutual TLS, certificate known', () => presented({ clientCertificate: raw }));

const ask = { tenant: 'main', agent: 'bench', by: 'bench' };
const { accessToken } = await world.enrolment.issueUnboundToken(ask);
const authorization = `Bearer ${accessToken}`;
measure('bearer, token known', () => presented({ authorization }));
