import { createHash } from 'node:crypto';
import type { AzurePlace } from '#contracts/archive-place.ts';
import type { OutboundAnswer } from '#contracts/outbound.ts';
import { askStore, type StoreLine, unavailable } from '../wire/ask-store.ts';
import type { LockedStore } from '../wire/locked-archive.ts';
import { byName, type ListedVersion, type ObjectVersion, withMarks } from '../wire/versions.ts';
import { elementsOf, textOf } from '../wire/xml.ts';
import { sharedKey } from './shared-key.ts';

export type AzureCredential =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'token'; readonly token: string };

export interface AzureParts {
  readonly place: AzurePlace;
  readonly line: StoreLine;
  readonly credential: () => Promise<AzureCredential>;
  readonly now: () => number;
}

interface AzureAsk {
  readonly method: 'GET' | 'HEAD' | 'PUT';
  /** Undefined asks about the container. */
  readonly name?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** Immutability policies of versions began with 2020-06-12. */
const apiVersion = '2021-12-02';

/**
 * A container with version-level immutability; every blob is put under a locked policy of its own. By the documented
 * shape: it was never held against the real service.
 */
export class AzureStore implements LockedStore {
  readonly where: string;
  readonly enforcedBy =
    'Azure immutability policy, locked: until its day nobody deletes a version or shortens its time';
  readonly keepMs: number;
  readonly #parts: AzureParts;

  constructor(parts: AzureParts) {
    const { place } = parts;
    this.#parts = parts;
    this.keepMs = place.keepMs;
    this.where = `azblob://${place.bucket}/${place.prefix} at ${new URL(place.endpoint).host}`;
  }

  async put(name: string, bytes: Uint8Array, until: number): Promise<'stored' | 'taken'> {
    const answer = await this.#ask({
      method: 'PUT',
      name,
      headers: {
        'content-md5': createHash('md5').update(bytes).digest('base64'),
        'content-type': 'application/octet-stream',
        'if-none-match': '*',
        'x-ms-blob-type': 'BlockBlob',
        ...lockedUntil(until),
      },
      body: bytes,
    });
    if (answer.status === 201) return 'stored';
    const code = codeOf(answer);
    if (code === 'BlobAlreadyExists' || code === 'ConditionNotMet') return 'taken';
    throw this.#refused('put', answer);
  }

  async extend({ name, id }: ObjectVersion, until: number): Promise<void> {
    const query = { comp: 'immutabilityPolicies', versionid: id };
    const headers = lockedUntil(until);
    const answer = await this.#ask({ method: 'PUT', name, query, headers });
    if (answer.status !== 200) throw this.#refused('extend', answer);
  }

  async *versions(prefix: string): AsyncGenerator<readonly ObjectVersion[]> {
    for await (const found of byName(this.#pages(prefix))) {
      // A version is named by the moment at which it was made.
      yield withMarks(found.toSorted((one, other) => (one.id < other.id ? 1 : -1)));
    }
  }

  async *#pages(prefix: string): AsyncGenerator<readonly ListedVersion[]> {
    const { place } = this.#parts;
    let marker = '';
    do {
      const query = {
        restype: 'container',
        comp: 'list',
        include: 'versions',
        prefix: `${place.prefix}${prefix}`,
        ...(marker === '' ? {} : { marker }),
      };
      const answer = await this.#ask({ method: 'GET', query });
      if (answer.status !== 200) throw this.#refused('list versions', answer);
      const xml = answer.body.toString('utf8');
      yield elementsOf(xml, 'Blob').map((blob) => ({
        name: (textOf(blob, 'Name') ?? '').slice(place.prefix.length),
        id: textOf(blob, 'VersionId') ?? '',
        isCurrent: textOf(blob, 'IsCurrentVersion') === 'true',
      }));
      const next = textOf(xml, 'NextMarker') ?? '';
      if (next !== '' && next === marker) throw unavailable(this.where, 'its list goes in circles');
      marker = next;
    } while (marker !== '');
  }

  async read({ name, id }: ObjectVersion): Promise<Uint8Array> {
    const answer = await this.#ask({ method: 'GET', name, query: { versionid: id } });
    if (answer.status !== 200) throw this.#refused('read', answer);
    return answer.body;
  }

  /** INVARIANT: an unlocked policy binds nobody who may change it. */
  async lockedUntil({ name, id }: ObjectVersion): Promise<number | undefined> {
    const answer = await this.#ask({ method: 'HEAD', name, query: { versionid: id } });
    if (answer.status !== 200) throw this.#refused('look', answer);
    const mode = answer.header?.('x-ms-immutability-policy-mode')?.toLowerCase();
    const day = Date.parse(answer.header?.('x-ms-immutability-policy-until-date') ?? '');
    return mode !== 'locked' || Number.isNaN(day) ? undefined : day;
  }

  async checkLocks(): Promise<void> {
    const answer = await this.#ask({ method: 'HEAD', query: { restype: 'container' } });
    if (answer.status !== 200) throw this.#refused('ask whether it locks', answer);
    if (answer.header?.('x-ms-immutable-storage-with-versioning-enabled') === 'true') return;
    const { bucket } = this.#parts.place;
    throw unavailable(
      this.where,
      `container \`${bucket}\` has no version-level immutability, so nothing would be kept there`,
    );
  }

  #ask({ method, name, query = {}, headers = {}, body }: AzureAsk): Promise<OutboundAnswer> {
    const { place, line, credential, now } = this.#parts;
    const path = name === undefined ? '' : `/${place.prefix}${name}`;
    const url = new URL(`${place.endpoint}/${place.bucket}${path}`);
    url.search = new URLSearchParams(query).toString();
    return askStore(line, async () => {
      const by = await credential();
      const sent: Record<string, string> = {
        ...headers,
        'x-ms-date': new Date(now()).toUTCString(),
        'x-ms-version': apiVersion,
      };
      const request = { method, url, headers: sent, bodyBytes: body?.length ?? 0 };
      const authorization =
        by.kind === 'token' ? `Bearer ${by.token}` : sharedKey(place.account, by.key, request);
      const all = { ...sent, authorization };
      return { url: url.href, method, headers: all, ...(body === undefined ? {} : { body }) };
    });
  }

  #refused(what: string, answer: OutboundAnswer): Error {
    const code = codeOf(answer);
    const said = /^[A-Za-z]{1,64}$/u.test(code) ? ` (${code})` : '';
    return unavailable(this.where, `it answers ${answer.status}${said} to \`${what}\``);
  }
}

function lockedUntil(until: number): Record<string, string> {
  return {
    'x-ms-immutability-policy-mode': 'Locked',
    'x-ms-immutability-policy-until-date': new Date(until).toUTCString(),
  };
}

function codeOf(answer: OutboundAnswer): string {
  return answer.header?.('x-ms-error-code') ?? '';
}
