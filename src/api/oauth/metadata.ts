import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { effectClasses } from '#kernel/tool.ts';
import type { WebAnswer, WebAsked, WebRoute } from '../web-route.ts';
import { grants } from './grants.ts';

const paths = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'];

/**
 * RFC 8414: what this authorization server can do. INVARIANT: it names nothing that is not served; a client
 * that believes it never fails later.
 */
export const authorizationMetadata: readonly WebRoute[] = [
  ...paths.map((path) => route(path, metadata)),
  route('/.well-known/jwks.json', keys),
];

function route(path: string, tell: (asked: WebAsked) => JsonObject): WebRoute {
  return {
    method: 'GET',
    path,
    action: 'api.read',
    recordedBy: 'nothing to record',
    encoding: 'json',
    crossOrigin: true,
    serve: (asked): WebAnswer => ({
      status: 200,
      headers: {
        'content-type': 'application/json',
        'cache-control': `public, max-age=${limits.metadataMs / 1_000}`,
        'access-control-allow-origin': '*',
      },
      body: canonicalText(tell(asked)),
    }),
  };
}

const algorithms = ['ES256', 'EdDSA'];

function metadata({ origin, parts }: WebAsked): JsonObject {
  const { enrolment, oauth, systemTenant } = parts;
  const register = oauth.clients.mayRegister(systemTenant)
    ? { registration_endpoint: `${origin}/oauth/register` }
    : {};
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/oauth/authorize`,
    token_endpoint: `${origin}/oauth/token`,
    revocation_endpoint: `${origin}/oauth/revoke`,
    introspection_endpoint: `${origin}/oauth/introspect`,
    jwks_uri: `${origin}/.well-known/jwks.json`,
    ...register,
    ...authMethods('token', ['none', 'client_secret_basic', 'client_secret_post']),
    ...authMethods('revocation', ['none', 'client_secret_basic', 'client_secret_post']),
    ...authMethods('introspection', ['client_secret_basic', 'client_secret_post']),
    grant_types_supported: [...grants.keys()],
    authorization_grant_profiles_supported: ['urn:ietf:params:oauth:grant-profile:id-jag'],
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    code_challenge_methods_supported: ['S256'],
    scopes_supported: [...effectClasses],
    dpop_signing_alg_values_supported: algorithms,
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: true,
    // Whom an assertion of an enrolled instance names as its audience.
    'dev.bailiwick/assertion_audience': enrolment.trust().issuer,
  };
}

function authMethods(endpoint: string, methods: readonly string[]): JsonObject {
  return {
    [`${endpoint}_endpoint_auth_methods_supported`]: [...methods, 'private_key_jwt'],
    [`${endpoint}_endpoint_auth_signing_alg_values_supported`]: algorithms,
  };
}

/** Of access tokens: gateways have them anyway, others read here whose they are. */
function keys({ parts }: WebAsked): JsonObject {
  return {
    keys: parts.enrolment
      .trust()
      .keys.map(({ kid, jwk }) => ({ ...jwk, kid, alg: 'EdDSA', use: 'sig' })),
  };
}
