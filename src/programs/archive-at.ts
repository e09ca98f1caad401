import { parseArchivePlace } from '#contracts/archive-place.ts';
import type { LogArchive } from '#contracts/log-archive.ts';
import { systemClock } from '#kernel/time.ts';

/** The archive that an operator named, by whoever asks for it; each kind is read where it is named alone. */
export async function archiveAt(text: string): Promise<LogArchive> {
  const place = parseArchivePlace(text, process.env);
  if (place.kind === 'folder') {
    const { openFolderArchive } = await import('#adapters/log-archive/folder/index.ts');
    return openFolderArchive(place.path);
  }
  const { createOutbound } = await import('#adapters/outbound/index.ts');
  // The operator named it: a bucket may well lie in a private network.
  const outbound = createOutbound({ mayReach: () => true, loopback: true });
  const parts = { line: { outbound }, env: process.env, now: () => systemClock.now() };
  if (place.kind === 's3') {
    const { openS3 } = await import('#adapters/log-archive/s3/index.ts');
    return openS3(place, parts);
  }
  if (place.kind === 'azblob') {
    const { openAzure } = await import('#adapters/log-archive/azure/index.ts');
    return openAzure(place, parts);
  }
  const { openGcs } = await import('#adapters/log-archive/gcs/index.ts');
  return openGcs(place, parts);
}
