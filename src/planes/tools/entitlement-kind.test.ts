import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { entitlementKind } from './entitlement-kind.ts';

function parsed(pdp: JsonObject) {
  return entitlementKind.parse('finance', { users: ['ada'], tools: [{ tool: 'a/b' }], pdp });
}

function problems(pdp: JsonObject): readonly string[] {
  const made = parsed(pdp);
  return made.kind === 'problems' ? made.problems.map(({ path }) => path.join('.')) : [];
}

describe('the decision point of an Entitlement', () => {
  it('is on the open net, over https, without a credential, unless its document says otherwise', () => {
    const url = 'https://pdp.example/tenant';
    const network = { loopback: false, hosts: [] };
    const usual = { url, timeoutMs: 1_000, sendsArguments: false, network };
    expect(parsed({ url })).toMatchObject({ entry: { pdp: usual } });
    const here = { url: 'http://127.0.0.1:1', loopback: true };
    expect(parsed(here)).toMatchObject({ entry: { pdp: { network: { loopback: true } } } });
  });

  it('names the secret that the vault has to hold for it', () => {
    const made = parsed({ url: 'https://pdp.example', credential: 'pdp-token' });
    if (made.kind === 'problems') throw new Error('it parses');
    expect(entitlementKind.secrets?.(made.entry)).toEqual(['pdp-token']);
  });

  it('is waited for up to pdpWaitMs', () => {
    const url = 'https://pdp.example';
    expect(problems({ url, timeoutMs: limits.pdpWaitMs })).toEqual([]);
    expect(problems({ url, timeoutMs: limits.pdpWaitMs + 1 })).toEqual(['spec.pdp.timeoutMs']);
    expect(problems({ url, timeoutMs: 99 })).toEqual(['spec.pdp.timeoutMs']);
  });

  it.each([
    'http://pdp.example',
    'http://127.0.0.1:1',
    'https://localhost',
    'https://pdp.example/',
    'https://PDP.example',
    'https://pdp.example/a/../b',
    'https://pdp.example?x=1',
    'https://pdp.example#x',
    'https://me:secret@pdp.example',
    'ftp://pdp.example',
    'pdp.example',
  ])('is not at %s', (url) => {
    expect(problems({ url })).toContain('spec.pdp.url');
  });
});
