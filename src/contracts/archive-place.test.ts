import { describe, expect, it } from 'vitest';
import { parseArchivePlace } from './archive-place.ts';

const parse = (text: string, env: NodeJS.ProcessEnv = {}) => parseArchivePlace(text, env);

describe('the place of an archive', () => {
  it('is a folder where it is no URL', () => {
    expect(parse('/mnt/archive')).toEqual({ kind: 'folder', path: '/mnt/archive' });
  });

  it('is a bucket of AWS by its region, with the bucket in the host', () => {
    expect(parse('s3://audit-logs/prod/eu?region=eu-central-1')).toEqual({
      kind: 's3',
      bucket: 'audit-logs',
      prefix: 'prod/eu/',
      endpoint: 'https://s3.eu-central-1.amazonaws.com',
      region: 'eu-central-1',
      isPathStyle: false,
      credentialsFile: undefined,
      keepMs: 30 * 86_400_000,
    });
    expect(parse('s3://audit.logs', { AWS_REGION: 'eu-west-1' })).toMatchObject({
      endpoint: 'https://s3.eu-west-1.amazonaws.com',
      prefix: '',
      isPathStyle: true,
    });
  });

  it('is a store of somebody else by its endpoint, with the bucket in the path', () => {
    const text =
      's3://logs/a/?endpoint=https://minio.example:9000&credentials=/run/secrets/a&keep=7d';
    expect(parse(text)).toMatchObject({
      endpoint: 'https://minio.example:9000',
      region: 'us-east-1',
      isPathStyle: true,
      credentialsFile: '/run/secrets/a',
      keepMs: 7 * 86_400_000,
    });
  });

  it('is a container of Azure by its account, or a bucket of Google', () => {
    expect(parse('azblob://logs/prod?account=acme1&credentials=/run/a')).toEqual({
      kind: 'azblob',
      account: 'acme1',
      bucket: 'logs',
      prefix: 'prod/',
      endpoint: 'https://acme1.blob.core.windows.net',
      credentialsFile: '/run/a',
      keepMs: 30 * 86_400_000,
    });
    expect(parse('gs://acme_logs?keep=7d')).toMatchObject({
      kind: 'gs',
      bucket: 'acme_logs',
      endpoint: 'https://storage.googleapis.com',
      keepMs: 7 * 86_400_000,
    });
  });

  it.each([
    ['azblob://logs', /account/u],
    ['gs://logs?region=eu-1', /`region` is not known/u],
    ['s3://logs', /region/u],
    ['s3://Lo_gs?region=eu-1', /bucket/u],
    ['s3://key:secret@logs?region=eu-1', /credentials stand in a file/u],
    ['s3://logs?region=eu-1&secret=abc', /`secret` is not known/u],
    ['s3://logs?region=eu-1&region=eu-2', /twice/u],
    ['s3://logs/a%20b?region=eu-1', /path/u],
    ['s3://logs?endpoint=minio:9000', /https:\/\/HOST/u],
    ['s3://logs?endpoint=https://minio/base', /without a path/u],
    ['s3://logs?region=eu-1&style=odd', /path or virtual/u],
    ['s3://logs?region=eu-1&keep=forever', /days/u],
    ['s3://logs?region=eu-1&credentials=secrets', /whole path/u],
    ['ftp://logs', /not known/u],
  ])('is refused in words that say what is wrong: %s', (text, why) => {
    expect(() => parse(text)).toThrow(why);
  });
});
