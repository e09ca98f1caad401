import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { ControlParts } from '../parts.ts';
import type { WebRoute } from '../web-route.ts';

/**
 * By which keys gateways speak to authorization servers of tool servers, and to tool servers themselves: those read
 * here whether our word is ours. INVARIANT: public halves alone, and none that signs tokens for our own gateways.
 */
export const assertionKeys: readonly WebRoute[] = [
  keysAt('/oauth/assertions/jwks', ({ assertionJwk }) => assertionJwk),
  keysAt('/oauth/transactions/jwks', ({ transactionJwk }) => transactionJwk),
];

function keysAt(path: string, keyOf: (parts: ControlParts) => JsonObject): WebRoute {
  return {
    method: 'GET',
    path,
    action: 'api.read',
    recordedBy: 'nothing to record',
    encoding: 'json',
    crossOrigin: true,
    serve: ({ parts }) => ({
      status: 200,
      headers: {
        'content-type': 'application/jwk-set+json',
        'cache-control': `public, max-age=${limits.metadataMs / 1_000}`,
        'access-control-allow-origin': '*',
      },
      body: canonicalText({ keys: [keyOf(parts)] }),
    }),
  };
}
