import { describe, expect, it } from 'vitest';
import { parseJson } from '#kernel/json/index.ts';
import { refusal } from '#kernel/errors.ts';
import { protectedResources } from './protected-resource.ts';

const protocols = [{ resource: { path: '/mcp', below: /^[a-z0-9-]{1,64}$/ } }, {}];
const resources = protectedResources(protocols, 'http://localhost:4011');
const origin = 'http://127.0.0.1:4010';
const at = (url: string) => {
  const body = resources.documentAt({ origin, url });
  return body === undefined ? undefined : parseJson(body);
};

describe('the metadata of a protected resource', () => {
  it('is one document for each address, by the name that its reader used [SYS-016]', () => {
    const of = (path: string) => ({
      resource: `${origin}${path}`,
      authorization_servers: ['http://localhost:4011'],
      bearer_methods_supported: ['header'],
      scopes_supported: ['read', 'write', 'delete'],
      dpop_signing_alg_values_supported: ['ES256', 'EdDSA'],
    });
    expect(at('/.well-known/oauth-protected-resource')).toMatchObject(of('/mcp'));
    expect(at('/.well-known/oauth-protected-resource/mcp')).toMatchObject(of('/mcp'));
    expect(at('/.well-known/oauth-protected-resource/mcp/crm')).toMatchObject(of('/mcp/crm'));
  });

  it.each([
    '/mcp',
    '/.well-known/oauth-protected-resource/',
    '/.well-known/oauth-protected-resource/llm',
    '/.well-known/oauth-protected-resource/mcp/',
    '/.well-known/oauth-protected-resource/mcp/A',
    '/.well-known/oauth-protected-resource/mcp/a/b',
    '/.well-known/oauth-protected-resource/mcp?x',
    '/.well-known/oauth-protected-resourcemcp',
  ])('is nothing at %s', (url) => {
    expect(at(url)).toBeUndefined();
  });

  it('is named by a no that signing in can mend, and by no other', () => {
    const told = (code: Parameters<typeof refusal>[0], status: number, url = '/mcp/crm') =>
      resources.challenge(refusal(code), status, { origin, url });
    const named = `resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp/crm"`;
    expect(told('identity/missing', 401)).toBe(`Bearer ${named}`);
    expect(told('identity/expired-token', 401)).toBe(`Bearer error="invalid_token", ${named}`);
    expect(told('identity/not-consented', 403)).toBe(`Bearer error="insufficient_scope", ${named}`);
    expect(told('policy/denied', 403)).toBeUndefined();
    expect(told('identity/missing', 401, '/llm/v1/models')).toBeUndefined();
  });

  it('is nowhere while nobody says who gives out tokens', () => {
    const alone = protectedResources(protocols, undefined);
    expect(alone.documentAt({ origin, url: '/.well-known/oauth-protected-resource' })).toBe(
      undefined,
    );
    const url = '/mcp';
    expect(alone.challenge(refusal('identity/missing'), 401, { origin, url })).toBeUndefined();
  });
});
