import type { S3Place } from '#contracts/archive-place.ts';
import type { LogArchive } from '#contracts/log-archive.ts';
import type { StoreLine } from '../wire/ask-store.ts';
import { openLockedArchive } from '../wire/locked-archive.ts';
import { readCredentials } from './credentials.ts';
import { openBucket } from './s3-bucket.ts';
import { S3Store } from './s3-store.ts';

export interface S3Parts {
  readonly line: StoreLine;
  readonly env: NodeJS.ProcessEnv;
  readonly now: () => number;
}

export function openS3(place: S3Place, { line, env, now }: S3Parts): LogArchive {
  const credentials = () => readCredentials(place.credentialsFile, env);
  const bucket = openBucket({ place, line, credentials, now });
  return openLockedArchive(new S3Store(place, bucket), now);
}
