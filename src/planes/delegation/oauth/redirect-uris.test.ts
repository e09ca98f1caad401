import { describe, expect, it } from 'vitest';
import { allowsRedirect, isScheme, redirectForm, sameRedirect } from './redirect-uris.ts';

describe('where an answer may be sent', () => {
  it.each([
    ['https://app.example/callback', 'https'],
    ['https://app.example', 'https'],
    ['https://app.example:8443/cb?tenant=1', 'https'],
    ['http://127.0.0.1:33418', 'loopback'],
    ['http://127.0.0.1:33418/', 'loopback'],
    ['http://[::1]/cb', 'loopback'],
    ['http://localhost:6274/oauth/callback', 'loopback'],
    ['cursor://anysphere.cursor-mcp/oauth/callback', 'app'],
    ['com.example.app:/cb', 'app'],
  ])('%s is %s', (text, form) => {
    expect(redirectForm(text)).toBe(form);
  });

  it.each([
    'http://app.example/callback',
    'http://127.0.0.1.evil.example/cb',
    'http://127.1/cb',
    'http://0x7f.0.0.1/cb',
    'http://localhost.evil.example/cb',
    'http://localhost@evil.example/cb',
    'https://user@app.example/cb',
    'https://user:secret@app.example/cb',
    'https://app.example/cb#fragment',
    'https://app.example/a/../cb',
    'https://app.example/%2e%2e/cb',
    'https://APP.example/cb',
    'https://app.example\\@evil.example/cb',
    'https://app.example/c b',
    'https://app.example/ü',
    '//app.example/cb',
    '/cb',
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'vbscript:x',
    'intent://x',
    'cursor://a/../b',
    'cursor://a/cb#x',
    '',
    `https://app.example/${'x'.repeat(2_048)}`,
  ])('never %s', (text) => {
    expect(redirectForm(text)).toBeUndefined();
  });

  it.each([
    ['https://app.example/cb', 'https://app.example/cb', true],
    ['https://app.example/cb', 'https://app.example/cb/', false],
    ['https://app.example/cb', 'https://app.example/cb?x=1', false],
    ['https://app.example/cb', 'https://app.example:444/cb', false],
    ['https://app.example/cb', 'https://app.example.evil.example/cb', false],
    ['https://app.example/cb', 'https://app.example/CB', false],
    ['http://127.0.0.1/cb', 'http://127.0.0.1:5000/cb', true],
    ['http://127.0.0.1:1/cb', 'http://127.0.0.1:2/cb', true],
    ['http://[::1]/cb', 'http://[::1]:2/cb', true],
    ['http://127.0.0.1/cb', 'http://localhost/cb', false],
    ['http://localhost/cb', 'http://127.0.0.1/cb', false],
    ['http://127.0.0.1/cb', 'http://127.0.0.1:5000/other', false],
    ['http://127.0.0.1/cb', 'http://127.0.0.1:5000/cb?x=1', false],
    ['http://127.0.0.1/cb', 'https://127.0.0.1/cb', false],
    ['http://127.0.0.1/cb', 'http://127.0.0.1:99999999/cb', false],
    ['http://127.0.0.1/cb', 'http://127.0.0.1:80@evil.example/cb', false],
  ])('registered as %s, asked for as %s: %s', (registered, asked, same) => {
    expect(sameRedirect(registered, asked)).toBe(same);
  });

  it('is allowed to who registers themselves only as a document says', () => {
    const patterns = ['loopback', 'cursor:', 'https://claude.ai/cb'];
    expect(allowsRedirect(patterns, 'http://localhost:1/x')).toBe(true);
    expect(allowsRedirect(patterns, 'cursor://x/y')).toBe(true);
    expect(allowsRedirect(patterns, 'https://claude.ai/cb')).toBe(true);
    expect(allowsRedirect(patterns, 'https://claude.ai/other')).toBe(false);
    expect(allowsRedirect(patterns, 'vscode://x')).toBe(false);
    expect(allowsRedirect(['cursor:'], 'http://localhost:1/x')).toBe(false);
    expect(allowsRedirect(patterns, 'javascript:x')).toBe(false);
    expect([isScheme('cursor:'), isScheme('https:'), isScheme('javascript:')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
