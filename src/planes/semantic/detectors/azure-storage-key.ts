import { byPattern } from '../detector.ts';

export const azureStorageKey = byPattern(
  'azure-storage-key',
  ['AccountKey=', 'SharedAccessKey='],
  /(?:Account|SharedAccess)Key=[A-Za-z0-9+/]{40,120}={0,2}/y,
);
