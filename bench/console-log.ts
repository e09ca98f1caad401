/** A year of calls in a log of its own, written and signed by what writes the product's, with the product's key. */
import { join } from 'node:path';
import { createFileKeyring } from '#adapters/keyring/file/index.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { newId } from '#kernel/ids.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { isoTime } from '#kernel/time.ts';
import { defaultOriginPrefix, logOrigin, openLogWriter } from '#storage/tiles/index.ts';
import { callId, intent, outcome } from './call-drafts.ts';
import { agentName, type ScaleOf, serverName, toolName, toolsPerServer } from './console-estate.ts';

const yearMs = 31_536_000_000;
const writer = 'scale';
const atOnce = 4_096;

/** Each call an intent and an outcome; the newest an hour ago, so that what the product writes is newer. */
function leafOf(at: number, begun: number, { agents, records }: ScaleOf): Uint8Array {
  const call = Math.floor(at / 2);
  const time = begun + Math.floor((call * 2 * yearMs) / records) + (at % 2);
  const id = sha256Hex(`call ${call}`);
  const draft = {
    ...(at % 2 === 0 ? intent : outcome),
    call: callId(id),
    actors: [
      { kind: 'human', name: `user-${(call * 7_919) % 5_000}` },
      { kind: 'agent', name: agentName((call * 31) % agents) },
    ],
    session: `session-${Math.floor(call / 25)}`,
    task: `task-${Math.floor(call / 100)}`,
    target: {
      target: `tool:${serverName(call % 20)}/${toolName(call % toolsPerServer)}`,
      digest: 'a'.repeat(64),
      effectClass: 'write',
    },
    trace: `00-${id.slice(0, 32)}-${'b'.repeat(16)}-01`,
  };
  const frame = { id: newId(time), monotonicUs: at, schema: 2, sequence: at + 1, writer };
  return canonicalBytes({ ...draft, ...frame, time: isoTime(time) } as unknown as JsonObject);
}

export async function writeLog(
  { data, keys }: { readonly data: string; readonly keys: string },
  scale: ScaleOf,
): Promise<void> {
  const keyring = await createFileKeyring({ folder: keys, data });
  const signer = await keyring.signer('log');
  const place = { tenant: 'main', retention: 'standard', writer };
  const log = openLogWriter({
    folder: join(data, 'log', place.tenant, place.retention, writer),
    origin: logOrigin(defaultOriginPrefix, place),
    signer,
  });
  const begun = Date.now() - yearMs - 3_600_000;
  for (let from = 0; from < scale.records; from += atOnce) {
    const count = Math.min(atOnce, scale.records - from);
    log.append(
      'ab'.repeat(16),
      Array.from({ length: count }, (_, at) => ({
        kind: 'leaf' as const,
        bytes: leafOf(from + at, begun, scale),
        position: { segment: 1, offset: from + at + 1 },
      })),
    );
  }
  log.publish();
}
