import { describe, expect, it } from 'vitest';
import { BailiwickError } from '#kernel/errors.ts';
import { oauthErrorOf, refusedAnswer } from './answers.ts';

describe('a no at an endpoint of OAuth', () => {
  it.each([
    ['oauth/access-denied', 400, 'access_denied'],
    ['oauth/forged-form', 400, 'forged_form'],
    ['oauth/invalid-client-metadata', 400, 'invalid_client_metadata'],
    ['oauth/invalid-grant', 400, 'invalid_grant'],
    ['oauth/invalid-redirect-uri', 400, 'invalid_redirect_uri'],
    ['oauth/invalid-scope', 400, 'invalid_scope'],
    ['oauth/invalid-target', 400, 'invalid_target'],
    ['oauth/too-many-clients', 429, 'too_many_clients'],
    ['oauth/too-many-requests', 503, 'too_many_requests'],
    ['oauth/unknown-request', 400, 'unknown_request'],
    ['oauth/unsupported-response-type', 400, 'unsupported_response_type'],
    ['identity/delegation-ended', 400, 'invalid_grant'],
    ['identity/key-mismatch', 400, 'invalid_grant'],
    ['identity/too-many-tokens', 429, 'temporarily_unavailable'],
    ['store/unavailable', 503, 'temporarily_unavailable'],
  ] as const)('with %s is %d %s, as the RFC calls it', (code, status, error) => {
    const refused = new BailiwickError(code);
    expect(oauthErrorOf(refused)).toBe(error);
    const answer = refusedAnswer(refused);
    expect(answer.status).toBe(status);
    expect(answer.refused).toBe(refused);
    expect(answer.body).toContain(`"error":"${error}"`);
  });

  it('says nothing of a fault of ours', () => {
    const answer = refusedAnswer(new TypeError('a secret'));
    expect([answer.status, answer.body.includes('a secret')]).toEqual([500, false]);
  });
});
