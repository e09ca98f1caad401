import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { staysBelow } from './prefix.ts';

/** A reader that takes every spelling we know of, and says where it ends. */
function resolved(path: string): string {
  let text = path;
  for (let round = 0; round < 6; round += 1) {
    text = text
      .replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
        try {
          return decodeURIComponent(run);
        } catch {
          return run;
        }
      })
      .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
      .replace(/%u([0-9a-f]{4})/gi, (_all, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      )
      .replace(/%([0-9a-f]{2})/gi, (_all, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      )
      .normalize('NFKC');
  }
  const out: string[] = [];
  for (const segment of text.replaceAll('\\', '/').split('/')) {
    const bare = segment.replace(/[;?#:].*$/, '').replace(/[\p{Cc}\s+]/gu, '');
    if (/^\.{2,}$/.test(bare)) out.pop();
    else if (bare !== '' && bare !== '.') out.push(bare);
  }
  return `/${out.join('/')}`;
}

describe('a path under a prefix', () => {
  it.each([
    ['/srv/reports/', '/srv/reports/'],
    ['/srv/reports/', '/srv/reports/a/b.txt'],
    ['/srv/reports/', '/srv/reports/a/'],
    ['/srv/reports/', '/srv/reports/a..b/..c/.hidden'],
    ['/srv/reports/', '/srv/reports/caf%C3%A9%20%E2%80%93 x'],
    ['/srv/reports/', '/srv/reports/100%'],
    ['reports', 'reports-2026'],
    ['HL-', 'HL-1029'],
    ['[bot] ', '[bot] see a/b and c.d'],
    ['https://api.example.com/', 'https://api.example.com/v1/x?q=a%20b#c'],
    ['https://api.example.com/v1', 'https://api.example.com/v1/x'],
    ['https://api.example.com', 'https://api.example.com'],
    ['https://api.example.com', 'https://api.example.com/x'],
    ['https://api.example.com', 'https://api.example.com?x'],
  ])('%s takes %s', (prefix, value) => {
    expect(staysBelow(value, prefix)).toBe(true);
  });

  it.each([
    ['/srv/reports/', '/srv/report'],
    ['/srv/reports/', '/srv/reports/../x'],
    ['/srv/reports/', '/srv/reports/a/..'],
    ['/srv/reports/', '/srv/reports/./x'],
    ['/srv/reports/', '/srv/reports//etc/passwd'],
    ['/srv/reports/', '/srv/reports/a//b'],
    ['/srv/reports/', '/srv/reports/\\..\\x'],
    ['/srv/reports/', '/srv/reports/a\\..\\..\\x'],
    ['/srv/reports/', '/srv/reports/..;/x'],
    ['/srv/reports/', '/srv/reports/.../x'],
    ['/srv/reports/', '/srv/reports/.. /x'],
    ['/srv/reports/', '/srv/reports/a\u0000.txt'],
    ['/srv/reports/', '/srv/reports/.\n./x'],
    ['/srv/reports/', '/srv/reports/.\t./x'],
    ['/srv/reports/', '/srv/reports/\u0085x'],
    ['/srv/reports/', '/srv/reports/\u2028x'],
    ['/srv/reports/', '/srv/reports/%2e%2e/x'],
    ['/srv/reports/', '/srv/reports/.%2E/x'],
    ['/srv/reports/', '/srv/reports/a%2fb'],
    ['/srv/reports/', '/srv/reports/a%5Cb'],
    ['/srv/reports/', '/srv/reports/a%00b'],
    ['/srv/reports/', '/srv/reports/a%0d%0aHost: x'],
    ['/srv/reports/', '/srv/reports/%252e%252e%252fx'],
    ['/srv/reports/', '/srv/reports/%25%32%65%25%32%65/x'],
    ['/srv/reports/', '/srv/reports/%u002e%u002e/x'],
    ['/srv/reports/', '/srv/reports/%c0%ae%c0%ae/x'],
    ['/srv/reports/', '/srv/reports/%e0%80%ae/x'],
    ['/srv/reports/', '/srv/reports/%252525252525252561'],
    ['/srv/reports/', '/srv/reports/\uff0e\uff0e\uff0fx'],
    ['/srv/reports/', '/srv/reports/\u2025/x'],
    ['/srv/reports/', '/srv/reports/\uff052e\uff052e/x'],
    ['/srv/reports/', '/srv/reports/..%20/x'],
    ['/srv/reports/', '/srv/reports/..%2520/x'],
    ['/srv/reports/', '/srv/reports/..+/x'],
    ['/srv/reports/', '/srv/reports/..%3b/x'],
    ['/srv/reports/', '/srv/reports/..%3Fa/x'],
    ['/srv/reports/', '/srv/reports/..:/x'],
    ['/srv/reports/', '/srv/reports/..::$DATA/x'],
    ['/srv/reports/', '/srv/reports/..%3a:$DATA/x'],
    ['/srv/reports/', '/srv/reports/..\u3000/x'],
    ['/srv/reports/', '/srv/reports/..%E3%80%80/x'],
    ['/srv/reports/', '/srv/reports/..%C2%A0/x'],
    ['/srv/reports/', '/srv/reports/%EF%BC%8E%EF%BC%8E/x'],
    ['/srv/reports/', '/srv/reports/%E2%80%A4%E2%80%A4/x'],
    ['/srv/reports/', '/srv/reports/%25E2%2580%25A4%25E2%2580%25A4/x'],
    ['/srv/reports/', '/srv/reports/a%ef%bc%8fb'],
    ['/srv/reports/', '/srv/reports/..\u2215x'],
    ['/srv/reports/', '/srv/reports/..%E2%88%95x'],
    ['/srv/reports/', '/srv/reports/.\u200b./x'],
    ['/srv/reports/', '/srv/reports/..\u200b/x'],
    ['/srv/reports/', '/srv/reports/.\u00ad./x'],
    ['/srv/reports/', '/srv/reports/.\u034f./x'],
    ['/srv/reports/', '/srv/reports/.\ufe0f./x'],
    ['/srv/reports/', '/srv/reports/.%E2%80%8B./x'],
    ['/srv/reports/', '/srv/reports/..%C2%AD/x'],
    ['/srv/reports/', '/srv/reports/%2\u200be./x'],
    ['/srv/reports/', '/srv/reports/..%2f\u0307x'],
    ['/srv/reports/', '/srv/reports/a/\u200b/b'],
    ['/srv/reports/', '/srv/reports/caf%E9'],
    ['/srv/reports/', '/srv/reports/%E2%80'],
    ['reports', 'reports/../secrets'],
    ['reports', 'reports\\..\\secrets'],
    ['.', '../x'],
    ['C:\\data\\', 'C:\\data\\..\\x'],
    ['C:\\data\\', 'C:\\data\\\\x'],
    ['HL-', 'HL-1\n../x'],
    ['https://api.example.com', 'https://api.example.com.evil.com'],
    ['https://api.example.com', 'https://api.example.com@evil.com'],
    ['https://api.example.com', 'https://api.example.com:8080/x'],
    ['https://api.example.com', 'https://api.example.com\\@evil.com'],
    ['https://api.example.com', 'https://api.example.com%2eevil.com'],
    ['https://', 'https://evil.com/'],
    ['https://user@', 'https://user@evil.com/'],
    ['//api.example.com', '//api.example.com.evil.com/'],
    ['https://api.example.com/', 'https://api.example.com//evil.com'],
    ['https://api.example.com/v1/', 'https://api.example.com/v1/../v2'],
    ['https://api.example.com/v1/', 'https://api.example.com/v1/%2e%2e/v2'],
    ['https://me:pw@api.example.com/', 'https://me:pw@api.example.com/x'],
  ])('%s refuses %j', (prefix, value) => {
    expect(staysBelow(value, prefix)).toBe(false);
  });

  it('never leads out of it, however it is spelt', () => {
    const steps = ['..', '.', '/', '\\', 'a', '%2e', '%2f', '%5c', '%252e', '%25', '2e', '%', ' '];
    const odd = [';x', '?', '\n', '\u0000', '\uff0e', '\u2025', '\uff0f', '%u002e', '%c0%ae', '//'];
    const wide = ['\u200b', '\u00ad', '\u3000', '%E3%80%80', '%20', '%3b', ':', '+', '\u0307'];
    const hidden = ['%EF%BC%8E', '%E2%80%A4', '%ef%bc%8f', '%E2%80%8B', '%ef', '%bc', '%8f'];
    const pieces = fc.constantFrom(...steps, ...odd, ...wide, ...hidden, '%32%65', '...');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
        const value = `/srv/reports/${parts.join('')}`;
        return !staysBelow(value, '/srv/reports/') || resolved(value).startsWith('/srv/reports');
      }),
      { numRuns: 5_000 },
    );
    expect(resolved('/srv/reports/%252e./x')).toBe('/srv/x');
    expect(resolved('/srv/reports/%EF%BC%8E\u200b.%E3%80%80/x')).toBe('/srv/x');
  });

  it('takes time that grows with the text and no faster', () => {
    for (const piece of ['%25', '%', '../', '.', '%2', '/', 'a']) {
      const value = `/srv/${piece.repeat(200_000)}`;
      expect(typeof staysBelow(value, '/srv/')).toBe('boolean');
    }
  });
});
