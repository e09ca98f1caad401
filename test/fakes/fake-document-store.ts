import { documentsDigest } from '#contracts/document-change.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { DocumentPage, DocumentStore, StoredDocument } from '#contracts/document-store.ts';

type Remove = Parameters<DocumentStore['remove']>[0];
type Put = Parameters<DocumentStore['put']>[0];

/** The documents in memory: each method is one step, as a transaction would be. */
export class FakeDocumentStore implements DocumentStore {
  readonly #documents = new Map<string, StoredDocument>();
  readonly #versions = new Map<string, StoredDocument[]>();

  async list(tenant: string): Promise<readonly StoredDocument[]> {
    return [...this.#documents.values()].filter((one) => one.tenant === tenant);
  }

  async page({ tenant, kind, q = '', after, limit }: DocumentPage) {
    const place = after === undefined ? '' : `${after.kind}\u0000${after.name}`;
    const placeOf = (one: StoredDocument) => `${one.kind}\u0000${one.name}`;
    return (await this.list(tenant))
      .filter((one) => (kind ?? one.kind) === one.kind && one.name.toLowerCase().includes(q))
      .filter((one) => placeOf(one) > place)
      .toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
      .slice(0, limit);
  }

  async get(tenant: string, kind: string, name: string): Promise<StoredDocument | undefined> {
    return this.#documents.get(keyOf(tenant, kind, name));
  }

  async replaceAll(
    set: Parameters<DocumentStore['replaceAll']>[0],
  ): Promise<readonly StoredDocument[]> {
    for (const one of await this.list(set.tenant)) {
      if (one.owner === set.owner) await this.remove({ ...one, by: set.by });
    }
    for (const change of set.documents) this.#keep({ ...set, ...change }, set.owner);
    return this.list(set.tenant);
  }

  async apply(set: Parameters<DocumentStore['apply']>[0]): Promise<readonly StoredDocument[]> {
    if (documentsDigest(await this.list(set.tenant)) !== set.expects) {
      throw new BailiwickError('config/moved');
    }
    for (const { kind, name } of set.remove) await this.remove({ ...set, kind, name });
    for (const change of set.put) this.#keep({ ...set, ...change }, set.owner);
    return this.list(set.tenant);
  }

  async history(tenant: string, kind: string, name: string): Promise<readonly StoredDocument[]> {
    return this.#versions.get(keyOf(tenant, kind, name))?.toReversed() ?? [];
  }

  async put(change: Put): Promise<StoredDocument> {
    return this.#keep(change, 'api');
  }

  async remove({ tenant, kind, name }: Remove): Promise<void> {
    this.#documents.delete(keyOf(tenant, kind, name));
  }

  async everStored(tenant: string): Promise<boolean> {
    return [...this.#versions.values()].flat().some((one) => one.tenant === tenant);
  }

  async byDigest(tenant: string, digest: string): Promise<StoredDocument | undefined> {
    return (await this.list(tenant)).find((one) => one.digest === digest);
  }

  #keep(change: Put, owner: StoredDocument['owner']): StoredDocument {
    const { tenant, kind, name, spec, digest, by, now } = change;
    const key = keyOf(tenant, kind, name);
    const versions = this.#versions.get(key) ?? [];
    const version = versions.length + 1;
    const stored = { tenant, kind, name, spec, digest, owner, version };
    this.#documents.set(key, { ...stored, appliedAt: now, appliedBy: by });
    this.#versions.set(key, [...versions, { ...stored, appliedAt: now, appliedBy: by }]);
    return { ...stored, appliedAt: now, appliedBy: by };
  }
}

function keyOf(tenant: string, kind: string, name: string): string {
  return `${tenant}\n${kind}\n${name}`;
}
