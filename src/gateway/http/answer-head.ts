import type { Refusal } from '#kernel/errors.ts';

/** Headers of every answer, in the raw form that Node takes as it is. */
export function commonHeaders(nonce: string, close: boolean): string[] {
  const headers = ['cache-control', 'no-store', 'dpop-nonce', nonce];
  // The rest of a body that was not read must not be taken for the next request.
  if (close) headers.push('connection', 'close');
  return headers;
}

export function refusalHeaders(
  no: Refusal,
  methods: readonly string[],
  signIn: string | undefined,
): string[] {
  const headers: string[] = [];
  // First: some clients read no further than the first challenge.
  if (signIn !== undefined) headers.push('www-authenticate', signIn);
  if (no.status === 401) headers.push('www-authenticate', challenge(no));
  if (no.status === 405) headers.push('allow', methods.join(', '));
  if (no.retryAfter !== undefined) headers.push('retry-after', `${no.retryAfter}`);
  return headers;
}

function challenge(no: Refusal): string {
  const error = no.code === 'identity/nonce-required' ? 'use_dpop_nonce' : 'invalid_token';
  const known = no.code === 'identity/missing' ? '' : `error="${error}", `;
  return `DPoP ${known}algs="ES256 EdDSA"`;
}
