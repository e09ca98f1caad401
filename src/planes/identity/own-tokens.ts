import type { OwnTokens, StatementType } from '#contracts/own-tokens.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { isRefusal } from '#kernel/errors.ts';
import { importPublicJwk } from './jwk.ts';
import { parseJws, verifySignature } from './jws.ts';
import type { TokenSigner } from './token-signer.ts';
import { judgeToken } from './tokens.ts';

const statementLength = 65_536;

/** INVARIANT: the type stands in what is signed, so no statement is ever taken for an access token. */
export function createOwnTokens(signer: TokenSigner): OwnTokens {
  const { trust } = signer;
  const { issuer } = trust;
  const keys = new Map(trust.keys.map(({ kid, jwk }) => [kid, importPublicJwk(jwk)]));
  return {
    readAccess(text, now) {
      const claims = text.length > statementLength ? undefined : judgeToken(text, trust, now);
      if (claims === undefined || isRefusal(claims)) return undefined;
      const { tenant, agent, instance, expiresAt, jti, thumbprint, delegated } = claims;
      const token = sha256Hex(jti);
      return { tenant, agent, instance, expiresAt, token, thumbprint, delegated };
    },
    state: (type, claims) =>
      signer.sign({ ...claims, iss: issuer, aud: issuer }, { typ: typOf(type) }),
    readStatement(type, text) {
      const jws = text.length > statementLength ? undefined : parseJws(text);
      if (jws === undefined) return undefined;
      const { header, claims, compact } = jws;
      if (header['typ'] !== typOf(type) || header['crit'] !== undefined) return undefined;
      if (claims['iss'] !== issuer || claims['aud'] !== issuer) return undefined;
      const key = typeof header['kid'] === 'string' ? keys.get(header['kid']) : undefined;
      if (key === undefined || header['alg'] !== key.algorithm) return undefined;
      return verifySignature(compact, key.key, key.algorithm) ? claims : undefined;
    },
  };
}

function typOf(type: StatementType): string {
  return `${type}+jwt`;
}
