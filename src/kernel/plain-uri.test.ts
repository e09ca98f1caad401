import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlainFolder, isPlainUri } from './prefix.ts';

/** What readers make of a URI when they mean the same thing by it. */
function meaning(uri: string): string {
  let text = uri.replace(/#.*$/s, '');
  for (let round = 0; round < 6; round += 1) {
    text = text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
      try {
        return decodeURIComponent(run);
      } catch {
        return run;
      }
    });
  }
  const [path = '', ...query] = text.split('?');
  const asked = query.join('?').replaceAll('+', ' ');
  const whole = asked === '' ? path.replace(/[/. ]+$/, '') : `${path}?${asked}`;
  return whole.replace(/\p{Default_Ignorable_Code_Point}/gu, '').normalize();
}

describe('the plain form of a URI', () => {
  it.each([
    'file:///docs/secret.md',
    'file:///docs/a%20b/caf%C3%A9.md',
    'file:///docs/100%25',
    'file:///docs/a,b;c=(d)!@e:f~g+h',
    'https://h.example/a/x?q=a,b&c=d%20e',
    'https://h.example:8080/a',
    'demo://resource/static/document/features.md',
    'urn:isbn:0451450523',
  ])('is %s', (uri) => {
    expect(isPlainUri(uri)).toBe(true);
  });

  it.each([
    'file:///docs/%73ecret.md',
    'file:///docs/secret%2Emd',
    'file:///docs/secret.md#',
    'file:///docs/secret.md#x',
    'file:///docs/secret.md?',
    'file:///docs/secret.md/',
    'file:///docs/secret.md.',
    'file:///docs/secret.md%20',
    'file:///docs/caf%c3%a9.md',
    'file:///docs/café.md',
    'file:///docs/e%CC%81',
    'file:///docs/a b',
    'file:///docs/a%2Cb',
    'file:///docs/a%3Fb',
    'file:///docs/%2573ecret.md',
    'file:///docs/%25u0073ecret.md',
    'file:///docs/secret%E2%80%8B.md',
    'file:///docs/100%',
    'file:///docs/%E9',
    'file:///docs/a?b=c+d',
    'FILE:///docs/a',
    'file://localhost/docs/a',
    'https://H.example/a',
    'demo://Resource/a',
    'https://h.example:443/a',
    'https://h.example',
    '/docs/a',
  ])('is not %s', (uri) => {
    expect(isPlainUri(uri)).toBe(false);
  });

  it('has no second text for what a reader takes for the same', () => {
    const letters = ['a', '%61', '%2561', '%41', 'A', 'é', '%C3%A9', '%c3%a9', 'e', '%CC%81'];
    const signs = ['%20', ' ', '+', '%2B', ',', '%2C', '?', '%3F', '#', '%23', '%25', '%', '61'];
    const ends = ['/', '.', '\u200b', '%E2%80%8B', '&', '=', '%E9'];
    const piece = fc.constantFrom(...letters, ...signs, ...ends);
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 4 }), (pieces) => {
        const uri = `file:///docs/${pieces.join('')}`;
        if (!isPlainUri(uri)) return;
        const said = meaning(uri);
        expect(seen.get(said) ?? uri).toBe(uri);
        seen.set(said, uri);
      }),
      { numRuns: 50_000, seed: 26 },
    );
    expect(seen.size).toBeGreaterThan(500);
    expect(meaning('file:///docs/%2573ecret.md?#x')).toBe('file:///docs/secret.md');
  });

  it('is asked of a folder too, with its slash', () => {
    expect(isPlainFolder('file:///docs/')).toBe(true);
    expect(isPlainFolder('https://h.example/a%20b/')).toBe(true);
    for (const prefix of ['https://H.example/a/', 'file:///%64ocs/', 'file:///a?b/', 'file:///a']) {
      expect(isPlainFolder(prefix), prefix).toBe(false);
    }
  });
});
