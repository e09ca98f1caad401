import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { parseRecord } from '../parse-record.ts';
import type { Certificate, Evidence } from './door.ts';

/** INVARIANT: every fact is read from the leaf that the proof is of; nothing is said that it does not say. */
export function certificateOf(tenant: string, evidence: Evidence): Certificate {
  const { type, time, actors, details = {} } = parseRecord(Buffer.from(evidence.leaf));
  if (type !== 'privacy.erased') {
    throw new BailiwickError('api/not-found', { message: 'this record erased nothing' });
  }
  const bodies = Number(details['bodies']);
  return {
    tenant,
    handle: textOf(details, 'handle'),
    erasedAt: time,
    by: actors[0]?.name ?? '',
    basis: textOf(details, 'basis'),
    request: textOf(details, 'request'),
    bodies,
    destroyed: [
      `the one key that ${bodies} bodies were sealed under${details['isWhole'] === true ? '' : ', and older ones that were not counted'}`,
      'the row that said whose key it was',
    ],
    remains,
    evidence,
  };
}

function textOf(details: JsonObject, name: string): string {
  const value = details[name];
  return typeof value === 'string' ? value : '';
}

const remains: readonly string[] = [
  'the records: names of who acted, reasons that people gave, hashes, proofs, and commitments whose salts are sealed (of versions before, they stand there too)',
  'the sealed bodies, which nobody can open: ciphertext under AES-256-GCM',
  'the key in backups of the store from before, wrapped: it is destroyed again when one is put back here',
];
