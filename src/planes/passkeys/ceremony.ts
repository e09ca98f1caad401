import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { z } from 'zod';
import type { Passkey } from '#contracts/passkey-book.ts';
import { BailiwickError } from '#kernel/errors.ts';

/** Where keys are at home: they sign for this host alone, and we believe them from this origin alone. */
export interface Home {
  readonly rpId: string;
  readonly origin: string;
}

export function homeOf(publicUrl: string): Home {
  const { hostname, origin } = new URL(publicUrl);
  return { rpId: hostname, origin };
}

const encoded = z.string().regex(/^[A-Za-z0-9_-]{1,16384}$/);
const shared = {
  id: encoded,
  rawId: encoded,
  type: z.literal('public-key'),
  clientExtensionResults: z.object({}),
};
const registration = z.object({
  ...shared,
  response: z.object({
    clientDataJSON: encoded,
    attestationObject: encoded,
    transports: z.array(z.string().max(32)).max(8).optional(),
  }),
});
const assertion = z.object({
  ...shared,
  response: z.object({
    clientDataJSON: encoded,
    authenticatorData: encoded,
    signature: encoded,
    userHandle: encoded.optional(),
  }),
});

export interface Registered {
  readonly credential: string;
  readonly publicKey: string;
  readonly counter: number;
  readonly transports: readonly string[];
}

/** INVARIANT: made for this challenge, here, by an authenticator that knew its user; else refused. */
export async function readRegistration(
  given: unknown,
  { challenge, home }: { readonly challenge: string; readonly home: Home },
): Promise<Registered> {
  const response = read(registration, given);
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server');
  const judged = await verifyRegistrationResponse({
    response: response as RegistrationResponseJSON,
    expectedChallenge: challenge,
    expectedOrigin: home.origin,
    expectedRPID: home.rpId,
    requireUserVerification: true,
  }).catch((cause: unknown) => refuse(cause));
  if (!judged.verified) throw refusal();
  const { id, publicKey, counter } = judged.registrationInfo.credential;
  const transports = response.response.transports ?? [];
  return {
    credential: id,
    publicKey: Buffer.from(publicKey).toString('base64url'),
    counter,
    transports,
  };
}

export function credentialOf(given: unknown): string {
  return read(assertion, given).id;
}

export interface Asserted {
  readonly counter: number;
  /** RFC 8176: what kind of key signed, and that its user was known to it. */
  readonly amr: readonly string[];
}

/** INVARIANT: signed for this challenge, here, by this key, which knew its user; else refused. */
export async function readAssertion(
  given: unknown,
  passkey: Passkey,
  asked: { readonly challenge: string; readonly home: Home; readonly handle: string },
): Promise<Asserted> {
  const response = read(assertion, given);
  const { userHandle } = response.response;
  if (userHandle !== undefined && userHandle !== asked.handle) throw refusal();
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server');
  const judged = await verifyAuthenticationResponse({
    response: response as AuthenticationResponseJSON,
    expectedChallenge: asked.challenge,
    expectedOrigin: asked.home.origin,
    expectedRPID: asked.home.rpId,
    requireUserVerification: true,
    // The book compares the counter, in one step with keeping it.
    credential: {
      id: passkey.credential,
      publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')),
      counter: 0,
    },
  }).catch((cause: unknown) => refuse(cause));
  if (!judged.verified) throw refusal();
  const { newCounter, credentialDeviceType } = judged.authenticationInfo;
  const kind = credentialDeviceType === 'singleDevice' ? 'hwk' : 'swk';
  return { counter: newCounter, amr: [kind, 'mfa', 'user'] };
}

function read<T>(shape: z.ZodType<T>, given: unknown): T {
  const parsed = shape.safeParse(given);
  if (!parsed.success) throw refusal();
  return parsed.data;
}

function refuse(cause: unknown): never {
  throw refusal(cause);
}

/** One answer whatever was wrong: what an authenticator said is nobody's business but ours. */
export function refusal(cause?: unknown): BailiwickError {
  return new BailiwickError('api/passkey-refused', cause === undefined ? {} : { cause });
}
