import type { KeyringSigner } from '#contracts/keyring.ts';
import { sha256Base64url } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { TokenTrust } from '#kernel/snapshot.ts';
import { tokenType } from './tokens.ts';

export interface TokenSigner {
  /** What a gateway must know to believe these tokens. */
  readonly trust: TokenTrust;
  /** An access token, unless another type is named. */
  sign(claims: JsonObject, as?: { readonly typ: string }): string;
}

/** Unless they are given, issuer and audience follow from the key: two installations never agree. */
export function createTokenSigner(
  signer: KeyringSigner,
  names: { readonly issuer: string | undefined; readonly audience: string | undefined },
): TokenSigner {
  const x = Buffer.from(signer.publicKey).toString('base64url');
  const jwk: JsonObject = { crv: 'Ed25519', kty: 'OKP', x };
  const kid = sha256Base64url(canonicalText(jwk));
  const issuer = names.issuer ?? `bailiwick:${kid.slice(0, 16)}`;
  const audience = names.audience ?? `${issuer}/gateway`;
  const headerOf = (typ: string) => encode({ alg: 'EdDSA', kid, typ });
  const usual = headerOf(tokenType);
  return {
    trust: { issuer, audience, keys: [{ kid, jwk }] },
    sign(claims, as) {
      const header = as === undefined ? usual : headerOf(as.typ);
      const signed = `${header}.${encode({ iss: issuer, aud: audience, ...claims })}`;
      return `${signed}.${Buffer.from(signer.sign(Buffer.from(signed))).toString('base64url')}`;
    },
  };
}

function encode(value: JsonObject): string {
  return Buffer.from(canonicalText(value)).toString('base64url');
}
