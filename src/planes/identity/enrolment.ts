import type { InstanceBook } from '#contracts/instance-book.ts';
import type { Keyring, KeyringSigner } from '#contracts/keyring.ts';
import { sha256Base64url, sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newCapability, newId } from '#kernel/ids.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { TokenTrust } from '#kernel/snapshot.ts';
import { type Clock, isoTime } from '#kernel/time.ts';
import type { Enrolment, IssuedToken } from './door.ts';
import { importPublicJwk, parseJws, type PublicJwk, verifyJws } from './jws.ts';
import { tokenType } from './tokens.ts';

export interface EnrolmentParts {
  readonly instances: InstanceBook;
  readonly keyring: Keyring;
  readonly recorder: { record(draft: RecordDraft): Promise<unknown> };
  readonly clock: Clock;
  readonly knownAgent: (tenant: string, name: string) => boolean;
  readonly onRosterChange: () => Promise<void>;
}

/** Join tokens, enrolment and access tokens. Each act is on record before its fruit leaves. */
export async function createEnrolment(parts: EnrolmentParts): Promise<Enrolment> {
  const signer = await parts.keyring.signer('tokens');
  const trust = trustOf(signer);
  const refuse = async (
    type: 'identity.refused' | 'token.refused',
    fault: BailiwickError,
    about: { tenant: string; name: string; details?: JsonObject },
  ): Promise<never> => {
    await parts.recorder.record({
      type,
      tenant: about.tenant,
      actors: [{ kind: 'agent', name: about.name }],
      refusal: { stage: 'enrolment', code: fault.code, message: fault.message },
      ...(about.details === undefined ? {} : { details: about.details }),
    });
    throw fault;
  };
  const requireAgent = (tenant: string, agent: string): void => {
    if (!parts.knownAgent(tenant, agent)) {
      throw new BailiwickError('api/not-found', { message: `no agent is called \`${agent}\`` });
    }
  };
  const issue = async (
    to: { tenant: string; agent: string; instance: string; thumbprint: string | undefined },
    by: RecordDraft['actors'][number],
  ): Promise<IssuedToken> => {
    const now = parts.clock.now();
    const bound = to.thumbprint !== undefined;
    const lifetime = bound ? limits.accessTokenMs : limits.unboundTokenMs;
    const jti = newCapability();
    await parts.recorder.record({
      type: 'token.issued',
      tenant: to.tenant,
      actors: [by],
      details: {
        agent: to.agent,
        instance: to.instance,
        binding: bound ? 'key' : 'none',
        expiresAt: isoTime(now + lifetime),
        token: sha256Hex(jti),
      },
    });
    const accessToken = signToken(signer, {
      iss: trust.issuer,
      aud: trust.audience,
      sub: `agent:${to.tenant}/${to.agent}/${to.instance}`,
      tenant: to.tenant,
      agent: to.agent,
      instance: to.instance,
      jti,
      iat: Math.floor(now / 1_000),
      exp: Math.floor(now / 1_000) + lifetime / 1_000,
      ...(to.thumbprint === undefined ? { binding: 'none' } : { cnf: { jkt: to.thumbprint } }),
    });
    return {
      accessToken,
      tokenType: bound ? 'DPoP' : 'Bearer',
      expiresIn: lifetime / 1_000,
      agent: to.agent,
      instance: to.instance,
    };
  };
  return {
    trust: () => trust,
    async issueJoinToken({ tenant, agent, by }) {
      requireAgent(tenant, agent);
      const token = newCapability();
      const expiresAt = parts.clock.now() + limits.joinTokenMs;
      await parts.recorder.record({
        type: 'identity.join-token-issued',
        tenant,
        actors: [{ kind: 'human', name: by }],
        details: { agent, token: sha256Hex(token), expiresAt: isoTime(expiresAt) },
      });
      await parts.instances.addJoinToken({
        tenant,
        agent,
        tokenDigest: sha256Hex(token),
        createdBy: by,
        expiresAt,
      });
      return { token, expiresAt };
    },
    async enrol({ joinToken, jwk, proof }) {
      const key = importPublicJwk(jwk);
      if (key === undefined || !provesKey(proof, key, joinToken, parts.clock.now())) {
        return refuse('identity.refused', new BailiwickError('identity/invalid-proof'), nobody);
      }
      try {
        const now = parts.clock.now();
        const enrolled = await parts.instances.enrol({
          tokenDigest: sha256Hex(joinToken),
          instance: newId(now),
          thumbprint: key.thumbprint,
          jwk: key.jwk,
          now,
        });
        const { tenant, agent, instance } = enrolled;
        await parts.recorder.record({
          type: 'identity.enrolled',
          tenant,
          actors: [{ kind: 'agent', name: agent, instance, key: key.thumbprint }],
          details: { token: sha256Hex(joinToken), key: key.thumbprint },
        });
        await parts.onRosterChange();
        return enrolled;
      } catch (fault) {
        if (!(fault instanceof BailiwickError)) throw fault;
        return refuse('identity.refused', fault, await flagged(parts, fault, key));
      }
    },
    async issueToken({ assertion }) {
      const judged = await judgeAssertion(parts, assertion, trust.issuer);
      if (judged instanceof BailiwickError) return refuse('token.refused', judged, nobody);
      const { agent, instance, thumbprint } = judged;
      return issue(judged, { kind: 'agent', name: agent, instance, key: thumbprint });
    },
    async issueUnboundToken({ tenant, agent, by }) {
      requireAgent(tenant, agent);
      const instance = `unbound-${newId(parts.clock.now())}`;
      return issue({ tenant, agent, instance, thumbprint: undefined }, { kind: 'human', name: by });
    },
    async revoke({ tenant, instance, by, reason }) {
      await parts.recorder.record({
        type: 'lifecycle.instance-revoked',
        tenant,
        actors: [{ kind: 'human', name: by }],
        details: { instance, reason },
      });
      const revoked = await parts.instances.revoke(tenant, instance, parts.clock.now());
      if (revoked === undefined) {
        throw new BailiwickError('api/not-found', { message: `no instance \`${instance}\`` });
      }
      await parts.onRosterChange();
      return revoked;
    },
  };
}

const nobody = { tenant: 'main', name: 'unknown' };

/** The same key twice: both are named, the one that has it and the one that wanted it. */
async function flagged(parts: EnrolmentParts, fault: BailiwickError, key: PublicJwk) {
  if (fault.code !== 'identity/key-in-use') return nobody;
  const holder = await parts.instances.byThumbprint(key.thumbprint);
  if (holder === undefined) return nobody;
  const { tenant, agent, instance } = holder;
  return {
    tenant,
    name: 'unknown',
    details: { key: key.thumbprint, holder: `${agent}/${instance}` },
  };
}

function trustOf(signer: KeyringSigner): TokenTrust {
  const x = Buffer.from(signer.publicKey).toString('base64url');
  const jwk: JsonObject = { crv: 'Ed25519', kty: 'OKP', x };
  const kid = sha256Base64url(canonicalText(jwk));
  const issuer = `bailiwick:${kid.slice(0, 16)}`;
  return { issuer, audience: `${issuer}/gateway`, keys: [{ kid, jwk }] };
}

function signToken(signer: KeyringSigner, claims: JsonObject): string {
  const { keys } = trustOf(signer);
  const header = { alg: 'EdDSA', kid: keys[0]?.kid ?? '', typ: tokenType };
  const encode = (value: JsonObject) => Buffer.from(canonicalText(value)).toString('base64url');
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${Buffer.from(signer.sign(Buffer.from(signed))).toString('base64url')}`;
}

/** The new key signs over the join token, so that nobody can enrol a key that is not theirs. */
function provesKey(text: string, key: PublicJwk, joinToken: string, now: number): boolean {
  const jws = parseJws(text);
  if (jws === undefined || jws.header['typ'] !== 'bailiwick-enrol+jwt') return false;
  const { iat, jth } = jws.claims;
  const fresh =
    typeof iat === 'number' &&
    Math.abs(now - iat * 1_000) <= limits.assertionMs + limits.clockSkewMs;
  return fresh && jth === sha256Base64url(joinToken) && verifyJws(jws, key.key, key.algorithm);
}

interface Asserted {
  readonly tenant: string;
  readonly agent: string;
  readonly instance: string;
  readonly thumbprint: string;
}

/** RFC 7523: the instance speaks for itself, to us, once, now. */
async function judgeAssertion(
  { instances, clock }: EnrolmentParts,
  text: string,
  issuer: string,
): Promise<Asserted | BailiwickError> {
  const no = new BailiwickError('identity/invalid-assertion');
  const jws = parseJws(text);
  const kid = jws?.header['kid'];
  if (jws === undefined || typeof kid !== 'string' || jws.header['crit'] !== undefined) return no;
  const enrolled = await instances.byThumbprint(kid);
  const key = enrolled === undefined ? undefined : importPublicJwk(enrolled.jwk);
  if (enrolled === undefined || key === undefined) return no;
  if (enrolled.revokedAt !== undefined) return new BailiwickError('standing/instance-revoked');
  if (!verifyJws(jws, key.key, key.algorithm)) return no;
  const { iss, sub, aud, iat, exp, jti } = jws.claims;
  const now = clock.now();
  const timed = typeof iat === 'number' && typeof exp === 'number' && exp > iat;
  if (!timed || typeof jti !== 'string' || jti.length < 8 || jti.length > 128) return no;
  const skew = limits.clockSkewMs;
  if (
    exp * 1_000 < now - skew ||
    iat * 1_000 > now + skew ||
    (exp - iat) * 1_000 > limits.assertionMs
  ) {
    return no;
  }
  if (iss !== enrolled.instance || sub !== enrolled.instance || aud !== issuer) return no;
  if (!(await instances.rememberAssertion(kid, jti, exp * 1_000 + skew))) return no;
  const { tenant, agent, instance, thumbprint } = enrolled;
  return { tenant, agent, instance, thumbprint };
}
