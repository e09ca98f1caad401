import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitment } from '#kernel/digest.ts';
import { parseJson } from '#kernel/json/index.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import { listLogs, openLogReader } from '#storage/tiles/index.ts';

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

/** Whether a record commits to exactly these bytes. */
export function commitsTo(record: RecordEnvelope | undefined, bytes: string): boolean {
  const part = record?.arguments;
  return part !== undefined && commitment(Buffer.from(part.salt, 'hex'), bytes) === part.sha256;
}
