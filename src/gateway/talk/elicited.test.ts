import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { asksForSecret, isUnaskedLink } from './elicited.ts';

const form = (name: string, field: JsonObject = {}, message = 'please'): JsonObject => ({
  message,
  requestedSchema: { type: 'object', properties: { [name]: { type: 'string', ...field } } },
});

describe('a form of a tool server', () => {
  it.each([
    form('password'),
    form('pass_word'),
    form('pwd'),
    form('accessToken'),
    form('token', { title: 'GitHub token' }),
    form('a', { title: 'pass word' }),
    form('a', { title: 'pass\u200bword' }),
    form('a', { title: '\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44' }),
    form('a', { description: `${'x '.repeat(300)}your API key` }),
    form('a', { format: 'password' }),
    form('a', {}, 'Please enter your password'),
    { message: 'x', requestedSchema: { patternProperties: {} } },
    { message: 'x', requestedSchema: 'a' },
  ])('is shown to nobody when it says that it asks for a secret: %j', (params) => {
    expect(asksForSecret(params)).toBe(true);
  });

  it.each([
    form('name'),
    form('spinner', { title: 'Pinned note' }),
    {
      message: 'Reset the password of bob?',
      requestedSchema: { properties: { yes: { type: 'boolean' } } },
    },
    { message: 'open this', mode: 'url', url: 'https://a.example/' },
  ])('is shown otherwise: %j', (params) => {
    expect(asksForSecret(params)).toBe(false);
  });

  it('is a link only for a client that can open one, and over HTTP', () => {
    const link = { mode: 'url', url: 'https://a.example/', message: 'm' };
    expect(isUnaskedLink(link, { elicitation: { url: {} } })).toBe(false);
    expect(isUnaskedLink(form('name'), { elicitation: {} })).toBe(false);
    for (const capabilities of [{}, { elicitation: {} }, { elicitation: { form: {} } }]) {
      expect(isUnaskedLink(link, capabilities)).toBe(true);
    }
    for (const url of ['javascript:alert(1)', 'file:///etc/passwd', undefined]) {
      const other = { mode: 'url', ...(url === undefined ? {} : { url }) };
      expect(isUnaskedLink(other, { elicitation: { url: {} } })).toBe(true);
    }
    expect(isUnaskedLink({ mode: 'other' }, { elicitation: { url: {} } })).toBe(true);
  });
});
