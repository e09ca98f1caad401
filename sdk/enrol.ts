import { createHash, randomBytes } from 'node:crypto';
import { createControlClient } from './control-client.ts';
import { type InstanceKey, signJws } from './key.ts';

export interface EnrolledIdentity {
  readonly tenant: string;
  readonly agent: string;
  readonly instance: string;
  /** The audience of this instance's assertions. */
  readonly issuer: string;
}

export interface AccessToken {
  readonly accessToken: string;
  readonly expiresAt: number;
}

export interface EnrolOptions {
  readonly control: string;
  readonly key: InstanceKey;
  readonly joinToken?: string;
  /** Instead: by which the platform vouches for this workload (a document of kind WorkloadIssuer lists it). */
  readonly workloadToken?: string;
}

/** Enrols the key by a join token, or by the word of a platform; either is worth nothing afterwards. */
export async function enrol(options: EnrolOptions): Promise<EnrolledIdentity> {
  const { control, joinToken, workloadToken, key } = options;
  const proof = signJws(
    key,
    { typ: 'bailiwick-enrol+jwt' },
    {
      iat: Math.floor(Date.now() / 1_000),
      jth: createHash('sha256')
        .update(joinToken ?? workloadToken ?? '')
        .digest('base64url'),
    },
  );
  const client = createControlClient({ url: control, credential: undefined });
  const answer = await client.request('POST', '/v1/enrol', {
    ...(joinToken === undefined ? { workloadToken } : { joinToken }),
    jwk: key.jwk,
    proof,
  });
  return {
    tenant: textOf(answer, 'tenant'),
    agent: textOf(answer, 'agent'),
    instance: textOf(answer, 'instance'),
    issuer: textOf(answer, 'issuer'),
  };
}

function textOf(answer: Readonly<Record<string, unknown>>, name: string): string {
  const value = answer[name];
  if (typeof value === 'string') return value;
  throw new TypeError(`the answer of the control program has no \`${name}\``);
}

/** A sender-constrained token of a quarter of an hour, for an assertion by the enrolled key. */
export async function getToken(options: {
  readonly control: string;
  readonly key: InstanceKey;
  readonly identity: EnrolledIdentity;
}): Promise<AccessToken> {
  const { control, key, identity } = options;
  const now = Math.floor(Date.now() / 1_000);
  const assertion = signJws(
    key,
    { typ: 'JWT', kid: key.thumbprint },
    {
      iss: identity.instance,
      sub: identity.instance,
      aud: identity.issuer,
      iat: now,
      exp: now + 60,
      jti: randomBytes(16).toString('base64url'),
    },
  );
  const client = createControlClient({ url: control, credential: undefined });
  const answer = await client.form('/v1/token', {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  });
  const expiresIn: unknown = answer['expires_in'];
  return {
    accessToken: textOf(answer, 'access_token'),
    expiresAt: Date.now() + (typeof expiresIn === 'number' ? expiresIn : 0) * 1_000,
  };
}
