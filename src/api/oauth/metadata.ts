import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { WebAnswer, WebAsked, WebRoute } from '../web-route.ts';
import { grants } from './grants.ts';

/**
 * RFC 8414: what this authorization server can do. INVARIANT: it names nothing that is not served; a client
 * that believes it never fails later.
 */
export const authorizationMetadata: readonly WebRoute[] = [
  '/.well-known/oauth-authorization-server',
  '/.well-known/openid-configuration',
].map((path) => ({
  method: 'GET',
  path,
  action: 'api.read',
  recordedBy: 'nothing to record',
  encoding: 'json',
  crossOrigin: true,
  serve: answer,
}));

function answer({ origin, parts }: WebAsked): WebAnswer {
  return {
    status: 200,
    headers: {
      'content-type': 'application/json',
      'cache-control': `public, max-age=${limits.metadataMs / 1_000}`,
      'access-control-allow-origin': '*',
    },
    body: canonicalText(metadata(origin, parts.enrolment.trust().issuer)),
  };
}

function metadata(origin: string, tokens: string): JsonObject {
  return {
    issuer: origin,
    token_endpoint: `${origin}/oauth/token`,
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['ES256', 'EdDSA'],
    grant_types_supported: [...grants.keys()],
    authorization_grant_profiles_supported: ['urn:ietf:params:oauth:grant-profile:id-jag'],
    response_types_supported: [],
    dpop_signing_alg_values_supported: ['ES256', 'EdDSA'],
    // Whom a client assertion names as its audience.
    'dev.bailiwick/assertion_audience': tokens,
  };
}
