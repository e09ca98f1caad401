import type { S3Place } from '#contracts/archive-place.ts';
import type { LogArchive } from '#contracts/log-archive.ts';
import type { StoreLine } from '../wire/ask-store.ts';
import { readCredentials } from './credentials.ts';
import { openS3Archive } from './s3-archive.ts';
import { openBucket } from './s3-bucket.ts';

export interface S3Parts {
  readonly line: StoreLine;
  readonly env: NodeJS.ProcessEnv;
  readonly now: () => number;
}

export function openS3(place: S3Place, { line, env, now }: S3Parts): LogArchive {
  const credentials = () => readCredentials(place.credentialsFile, env);
  return openS3Archive(place, openBucket({ place, line, credentials, now }), now);
}
