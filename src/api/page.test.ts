import { describe, expect, it } from 'vitest';
import { pageAt, type PageFile } from './page.ts';

const file = (text: string): PageFile => ({
  type: 'text/html',
  body: Buffer.from(text),
  headers: {},
});
const plain = new Map([['/', file('plain')]]);
const built = new Map([
  ...plain,
  ['/console/', file('console')],
  ['/console/assets/a.js', file('code')],
]);

describe('a place of the console', () => {
  it.each([
    ['/console', 'console'],
    ['/console/', 'console'],
    ['/console/approvals/01a0', 'console'],
    ['/console/../../etc/passwd', 'console'],
    ['/console/assets/a.js', 'code'],
    ['/console/assets/b.js', undefined],
    ['/consoles', undefined],
    ['/v1/status', undefined],
    ['/', 'plain'],
  ])('%s is %s', (path, expected) => {
    expect(pageAt(built, path)?.body.toString()).toBe(expected);
  });

  it('is the plain page where no console was built', () => {
    expect(pageAt(plain, '/console/approvals')?.body.toString()).toBe('plain');
    expect(pageAt(plain, '/console/assets/a.js')).toBeUndefined();
  });
});
