import type { BailiwickError } from '#kernel/errors.ts';
import type { RecordType } from '#kernel/record.ts';
import type { ControlParts } from './parts.ts';

/** What a browser, or a client of OAuth, asks: read as far as syntax goes, and no further. */
export interface WebAsked {
  readonly parts: ControlParts;
  /** Where people and clients meet this program: scheme, host and port. */
  readonly origin: string;
  readonly params: Readonly<Record<string, string>>;
  /** One value for each name, as everywhere. */
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly headers: WebHeaders;
  readonly source: string;
}

export interface WebHeaders {
  readonly cookie: string | undefined;
  readonly authorization: string | undefined;
  readonly dpop: string | undefined;
  readonly origin: string | undefined;
  readonly 'sec-fetch-site': string | undefined;
  readonly 'if-match': string | undefined;
  readonly 'if-none-match': string | undefined;
  readonly traceparent: string | undefined;
}

export interface WebAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
  /** Set when it says no in words of its own: it is on record as every other refusal. */
  readonly refused?: BailiwickError;
}

/**
 * An endpoint whose answers are pages, redirects and the forms of OAuth. INVARIANT: as of every route it is
 * known what it records; who may use it, the plane behind it decides, by what is presented. A `GET` decides
 * nothing.
 */
export interface WebRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly action: RecordType;
  readonly recordedBy: 'plane' | 'nothing to record';
  readonly encoding: 'json' | 'form' | 'scim';
  /** Anybody's page may ask, without cookies: metadata, tokens. Otherwise only our own pages. */
  readonly crossOrigin: boolean;
  readonly serve: (asked: WebAsked) => Promise<WebAnswer> | WebAnswer;
  /** How a refusal is told where a protocol has a form of its own for it; otherwise as everywhere. */
  readonly tellRefusal?: (problem: BailiwickError) => WebAnswer;
}
