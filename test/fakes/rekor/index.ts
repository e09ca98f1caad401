import { createHash } from 'node:crypto';
import { canonicalText, isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import { inclusionProof, logVkey, TileTree } from '#tlog/index.ts';
import { makeSigner, MemoryLog } from '../../conformance/tlog-memory-log.ts';

/**
 * A log that takes and answers as Rekor v2 documents it (`hashedRekordRequestV002`, `TransparencyLogEntry`), with a key of its
 * own. It is none of Sigstore's; what checks its answers beside us is.
 */
export interface Rekor {
  readonly vkey: string;
  /** What `POST /api/v2/log/entries` answers. */
  add(request: string): Buffer;
}

export function newRekor(name: string): Rekor {
  const signer = makeSigner();
  const log = new MemoryLog();
  const vkey = logVkey(name, signer.publicKey);
  return {
    vkey,
    add(request) {
      const body = Buffer.from(canonicalText(entryOf(request)));
      log.append(body).publish(name, signer);
      const { size } = log.tree;
      const hashes = inclusionProof(new TileTree(log.read, size), size - 1);
      const index = String(size - 1);
      const envelope = Buffer.from(log.read('checkpoint') ?? []).toString('utf8');
      const answer = {
        canonicalizedBody: body.toString('base64'),
        inclusionProof: {
          checkpoint: { envelope },
          hashes: hashes.map((hash) => Buffer.from(hash).toString('base64')),
          logIndex: index,
          rootHash: Buffer.from(log.tree.root()).toString('base64'),
          treeSize: String(size),
        },
        kindVersion: { kind: 'hashedrekord', version: '0.0.2' },
        logIndex: index,
        logId: { keyId: createHash('sha256').update(vkey).digest('base64') },
      };
      return Buffer.from(JSON.stringify(answer));
    },
  };
}

function entryOf(request: string): JsonObject {
  const asked = parseJson(Buffer.from(request));
  const given = isJsonObject(asked) ? asked['hashedRekordRequestV002'] : undefined;
  if (!isJsonObject(given)) throw new Error('no request');
  const { digest = null, signature = null } = given;
  const spec = { hashedRekordV002: { data: { algorithm: 'SHA2_256', digest }, signature } };
  return { apiVersion: '0.0.2', kind: 'hashedrekord', spec };
}
