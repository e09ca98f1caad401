import type { Refusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import { effectClasses } from '#kernel/tool.ts';
import type { Protocol } from './protocol.ts';

/** Where a request came to, as its client wrote it: its host was judged. */
export interface Asked {
  readonly origin: string;
  /** Path and whatever stands behind it. */
  readonly url: string;
}

/** RFC 9728, for clients that do not know yet who gives out tokens. */
export interface ProtectedResources {
  /** What stands at this address for everybody; undefined at all others. */
  documentAt(asked: Asked): Buffer | undefined;
  /** What a no says of where to sign in; undefined where it does not help. */
  challenge(no: Refusal, status: number, asked: Asked): string | undefined;
}

const wellKnown = '/.well-known/oauth-protected-resource';

/**
 * One document for each address that a front declares. INVARIANT: it names the address by which its reader
 * came, and says nothing of what is behind it: also one of a server that there is not.
 */
export function protectedResources(
  protocols: readonly Pick<Protocol, 'resource'>[],
  authorizationServer: string | undefined,
): ProtectedResources {
  const resources = protocols.flatMap(({ resource }) => resource ?? []);
  const [main] = resources;
  const isResource = (path: string): boolean =>
    resources.some(({ path: own, below }) => {
      if (path === own) return true;
      return path.startsWith(`${own}/`) && below.test(path.slice(own.length + 1));
    });
  if (authorizationServer === undefined || main === undefined) return nothing;
  return {
    documentAt({ origin, url }) {
      if (!url.startsWith(wellKnown)) return undefined;
      const path = url === wellKnown ? main.path : url.slice(wellKnown.length);
      if (!isResource(path)) return undefined;
      return canonicalBytes({
        resource: `${origin}${path}`,
        authorization_servers: [authorizationServer],
        bearer_methods_supported: ['header'],
        scopes_supported: [...effectClasses],
        dpop_signing_alg_values_supported: ['ES256', 'EdDSA'],
        resource_name: 'Bailiwick',
      });
    },
    challenge(no, status, { origin, url }) {
      const path = url.split('?', 1)[0] ?? '';
      const error = errorOf(no, status);
      if (error === undefined || !isResource(path)) return undefined;
      return `Bearer ${error}resource_metadata="${origin}${wellKnown}${path}"`;
    },
  };
}

const nothing: ProtectedResources = {
  documentAt: () => undefined,
  challenge: () => undefined,
};

/** RFC 6750 §3.1: who sent nothing made no error. */
function errorOf({ code }: Refusal, status: number): string | undefined {
  if (status === 401) return code === 'identity/missing' ? '' : 'error="invalid_token", ';
  if (status === 403 && code === 'identity/not-consented') return 'error="insufficient_scope", ';
  return undefined;
}
