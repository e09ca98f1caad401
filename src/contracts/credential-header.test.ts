import { describe, expect, it } from 'vitest';
import { documentKinds } from '../programs/catalogue.ts';
import { isCredentialHeader } from './credential-header.ts';

const reserved = ['Host', 'last-event-id', 'TE', 'traceparent', 'MCP-Session-Id', 'proxy-auth'];

/** What each kind that lends a credential says of this header. */
const documents = (header: string) =>
  [
    ['ToolServer', { connect: { url: 'http://a.example/' } }],
    ['Model', { connect: { url: 'http://a.example/' }, models: { m: {} } }],
  ].map(([kind, spec]) => {
    const found = documentKinds.find((one) => one.kind === kind);
    const credential = { secret: 's', header };
    return found?.parse('a', { ...(spec as object), credential }).kind;
  });

describe('a header that carries a credential', () => {
  it.each(['authorization', 'X-Api-Key', 'api-key'])('may be %s', (name) => {
    expect(isCredentialHeader(name)).toBe(true);
    expect(documents(name)).toEqual(['parsed', 'parsed']);
  });

  it.each(reserved)('is never %s, for tools and for models alike', (name) => {
    expect(isCredentialHeader(name)).toBe(false);
    expect(documents(name)).toEqual(['problems', 'problems']);
  });

  it.each(['', 'a b', 'a:b', 'é', 'x'.repeat(129)])('is no text that is no name: %j', (name) => {
    expect(isCredentialHeader(name)).toBe(false);
  });
});
