import type { AzurePlace } from '#contracts/archive-place.ts';
import type { LogArchive } from '#contracts/log-archive.ts';
import type { StoreLine } from '../wire/ask-store.ts';
import { credentialOf, noCredential } from '../wire/credential-file.ts';
import { openLockedArchive } from '../wire/locked-archive.ts';
import { type AzureCredential, AzureStore } from './azure-store.ts';

export function openAzure(
  place: AzurePlace,
  {
    line,
    env,
    now,
  }: { readonly line: StoreLine; readonly env: NodeJS.ProcessEnv; readonly now: () => number },
): LogArchive {
  const credential = async (): Promise<AzureCredential> => {
    const say = await credentialOf(place.credentialsFile, env);
    const token = say('azure_storage_token');
    if (token !== undefined) return { kind: 'token', token };
    const key = say('azure_storage_key');
    if (key !== undefined) return { kind: 'key', key };
    throw noCredential(
      'there is no azure_storage_key and no azure_storage_token, in the file that was named or in the environment',
    );
  };
  return openLockedArchive(new AzureStore({ place, line, credential, now }), now);
}
