import { effectsOfScope, type Tokens } from '#planes/delegation/index.ts';
import { needed } from './fields.ts';
import type { Grant, TokenAnswer } from './grant.ts';
import { knownClient } from './known-client.ts';
import { thumbprintOf } from './proven-key.ts';

/** RFC 6749 §4.1.3 with RFC 7636: what a user's yes gave is fetched. */
export const authorizationCode: Grant = async (asked) => {
  const { parts, fields } = asked;
  const client = await knownClient(asked);
  const tokens = await parts.oauth.tokens.byCode({
    client,
    tenant: parts.systemTenant,
    code: needed(fields, 'code'),
    verifier: needed(fields, 'code_verifier'),
    redirectUri: fields['redirect_uri'],
    resource: fields['resource'],
    thumbprint: thumbprintOf(asked),
  });
  return told(tokens);
};

/** RFC 6749 §6: each refresh token serves once. */
export const refreshToken: Grant = async (asked) => {
  const { parts, fields } = asked;
  const client = await knownClient(asked);
  const tokens = await parts.oauth.tokens.byRefresh({
    client,
    tenant: parts.systemTenant,
    refreshToken: needed(fields, 'refresh_token'),
    effects: effectsOfScope(fields['scope']),
    resource: fields['resource'],
    thumbprint: thumbprintOf(asked),
  });
  return told(tokens);
};

function told(tokens: Tokens): TokenAnswer {
  return {
    access_token: tokens.accessToken,
    token_type: tokens.tokenType,
    expires_in: tokens.expiresIn,
    refresh_token: tokens.refreshToken,
    scope: tokens.effects.join(' '),
  };
}
