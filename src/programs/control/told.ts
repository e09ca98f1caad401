import { join } from 'node:path';
import type { StatePort } from '#contracts/store.ts';
import { createAuditReader } from '#planes/audit/index.ts';
import { keptLogReaders } from '#storage/tiles/index.ts';
import { toldRecords } from '#wiring/index.ts';
import type { OpenControl } from './parts.ts';

type Told = Pick<OpenControl, 'store' | 'keyring' | 'log' | 'records'>;

/** What gateways may ask of the store, with what the logs say of the tasks in it. */
export async function withTold(
  { store, keyring, log, records }: Told,
  data: string,
): Promise<StatePort> {
  const { publicKey } = await keyring.signer('log');
  const readers = keptLogReaders(join(data, 'log'), publicKey);
  const reader = createAuditReader({ readers, sealer: log.sealer });
  const isHandedOn = (tenant: string, task: string) => store.delegations.isHandedOn(tenant, task);
  return { ...store, told: toldRecords({ queries: records.queries, reader, isHandedOn }) };
}
