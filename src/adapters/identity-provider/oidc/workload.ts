import { z } from 'zod';
import type { Outbound, OutboundNetwork } from '#contracts/outbound.ts';
import type { WorkloadIssuerEntry, WorkloadTokens } from '#contracts/workload-issuer.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import { getJson, providerFault } from './answers.ts';
import { checkCommon, checkWorkload, isText } from './judge.ts';
import { unprovenIssuer, verifySigned } from './jws.ts';
import { createKept, type Kept } from './kept.ts';
import { type ProviderKey, readKeys } from './keys.ts';

/** All that is asked of a platform: most know no sign-in. */
const metadataShape = z.object({ issuer: z.string(), jwks_uri: z.string() });

const times = {
  freshMs: limits.providerFreshMs,
  staleMs: limits.providerStaleMs,
  againMs: limits.providerAgainMs,
};

const mostKnown = 256;

export function createWorkloadTokens(parts: {
  readonly outbound: (network: OutboundNetwork) => Outbound;
  readonly clock: Clock;
}): WorkloadTokens {
  const { clock } = parts;
  const keysOf = createKeys(parts);
  return {
    issuerOf: unprovenIssuer,
    async read(entry, token) {
      const { issuer, audience } = entry;
      const signed = await verifySigned(token, keysOf(entry));
      const expiresAt = checkCommon(signed.claims, { issuer, now: clock.now() });
      checkWorkload(signed, { audience, now: clock.now() });
      return { claims: signed.claims, expiresAt, once: onceOf(token, signed.claims) };
    },
  };
}

/** INVARIANT: never over the signature, which can be written in two ways (ECDSA). */
function onceOf(token: string, { jti }: JsonObject): string {
  return sha256Hex(isText(jti) ? `jti ${jti}` : token.slice(0, token.lastIndexOf('.')));
}

/** INVARIANT: two documents share nothing that is known, so that what one lets be asked no other one has. */
function createKeys({
  outbound: outboundFor,
  clock,
}: Parameters<typeof createWorkloadTokens>[0]): (
  entry: WorkloadIssuerEntry,
) => Kept<readonly ProviderKey[]> {
  const known = new Map<string, Kept<readonly ProviderKey[]>>();
  return ({ issuer, jwksUri, network }) => {
    const { loopback, hosts } = network;
    const name = canonicalText([issuer, jwksUri ?? null, loopback, [...hosts]]);
    const before = known.get(name);
    if (before !== undefined) return before;
    const outbound = outboundFor(network);
    const load = async () => readKeys(outbound, jwksUri ?? (await keysPlace(outbound, issuer)));
    const kept = createKept(load, times, clock);
    if (known.size >= mostKnown) known.clear();
    known.set(name, kept);
    return kept;
  };
}

/** INVARIANT: whoever is asked as an issuer says that it is that one, to the letter. */
async function keysPlace(outbound: Outbound, issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const read = metadataShape.safeParse((await getJson(outbound, url)).value);
  if (!read.success) throw providerFault('its metadata does not say where its keys are');
  if (read.data.issuer !== issuer) throw providerFault('its metadata names another issuer');
  return read.data.jwks_uri;
}
