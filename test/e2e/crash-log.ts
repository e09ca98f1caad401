import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFileKeyring } from '#adapters/keyring/file/index.ts';
import { parseJson } from '#kernel/json/index.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import { systemClock } from '#kernel/time.ts';
import { createAuditReader, createPayloadSealer } from '#planes/audit/index.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import { listLogs, openLogReader, openLogReaders } from '#storage/tiles/index.ts';

export interface WholeLog {
  readonly records: readonly RecordEnvelope[];
  readonly byId: ReadonlyMap<string, RecordEnvelope>;
  readonly intents: readonly RecordEnvelope[];
  /** Outcomes by the intent that they close. */
  readonly outcomes: ReadonlyMap<string, readonly RecordEnvelope[]>;
}

/** Every record of every log of a data folder, through the readers that check hash and signature. */
export function readWholeLog(data: string): WholeLog {
  const root = join(data, 'log');
  const records = listLogs(root).flatMap(({ tenant, retention, writer }) => {
    const folder = join(root, tenant, retention, writer);
    const vkey = readFileSync(join(folder, 'vkey'), 'utf8').trim();
    const reader = openLogReader({ folder, vkey });
    const size = reader.head()?.size ?? 0;
    return reader.range(0, size).map(({ bytes }) => parseJson(bytes) as unknown as RecordEnvelope);
  });
  const outcomes = new Map<string, RecordEnvelope[]>();
  for (const record of records) {
    if (record.intent === undefined) continue;
    const known = outcomes.get(record.intent);
    if (known === undefined) outcomes.set(record.intent, [record]);
    else known.push(record);
  }
  return {
    records,
    byId: new Map(records.map((record) => [record.id, record])),
    intents: records.filter(({ type }) => type === 'policy.intent'),
    outcomes,
  };
}

/** The arguments that intents commit to, by the intent, opened with the keys of the installation; it must be stopped. */
export async function openedArguments(
  { data, keys: keyFolder }: { readonly data: string; readonly keys: string },
  { intents }: WholeLog,
): Promise<ReadonlyMap<string, string>> {
  const keyring = await createFileKeyring({ folder: keyFolder });
  const store = await openSqliteStore({ folder: join(data, 'store'), clock: systemClock });
  try {
    const [keys, tenants] = [store.payloadKeys, await keyring.tenants()];
    const sealer = await createPayloadSealer({ keyring, clock: systemClock, keys, tenants });
    const { publicKey } = await keyring.signer('log');
    const logs = openLogReaders(join(data, 'log'), publicKey);
    const reader = createAuditReader({ readers: () => logs, sealer });
    const opened = new Map<string, string>();
    for (const { id, tenant } of intents) {
      const found = await reader.show(tenant, id);
      const body = found && (await reader.opened(found));
      if (body?.proves === 'arguments') opened.set(id, String(body.words));
    }
    return opened;
  } finally {
    await store.close();
  }
}
