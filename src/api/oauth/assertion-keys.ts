import { canonicalText } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import type { WebRoute } from '../web-route.ts';

/**
 * By which keys gateways speak to authorization servers of tool servers: those read here whether our word is
 * ours. INVARIANT: public halves alone, and none that signs tokens for our own gateways.
 */
export const assertionKeys: readonly WebRoute[] = [
  {
    method: 'GET',
    path: '/oauth/assertions/jwks',
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
      body: canonicalText({ keys: [parts.assertionJwk] }),
    }),
  },
];
