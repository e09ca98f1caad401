import type { GcsPlace } from '#contracts/archive-place.ts';
import type { LogArchive } from '#contracts/log-archive.ts';
import type { StoreLine } from '../wire/ask-store.ts';
import { credentialOf, noCredential } from '../wire/credential-file.ts';
import { openLockedArchive } from '../wire/locked-archive.ts';
import { GcsStore } from './gcs-store.ts';

export function openGcs(
  place: GcsPlace,
  {
    line,
    env,
    now,
  }: { readonly line: StoreLine; readonly env: NodeJS.ProcessEnv; readonly now: () => number },
): LogArchive {
  const token = async (): Promise<string> => {
    const said = (await credentialOf(place.credentialsFile, env))('google_oauth_access_token');
    if (said !== undefined) return said;
    throw noCredential(
      'there is no google_oauth_access_token, in the file that was named or in the environment',
    );
  };
  return openLockedArchive(new GcsStore({ place, line, token }), now);
}
