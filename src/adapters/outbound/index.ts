import { lookup as resolve, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import type { Agent } from 'undici';
import type {
  Outbound,
  OutboundAnswer,
  OutboundAsk,
  OutboundNetwork,
} from '#contracts/outbound.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { isLoopbackAddress, isPublicAddress } from './addresses.ts';

export interface OutboundOptions {
  /** Hosts (`name` or `name:port`) of private networks that a document lists. */
  readonly mayReach: (host: string) => boolean;
  /** In evaluation this machine may be reached, over plain HTTP too. */
  readonly loopback: boolean;
  /** To one server at the same time; a few are enough for what is asked seldom. */
  readonly connections?: number;
  readonly resolve?: typeof resolve;
}

/** Connects only to addresses that were judged: there is no second look-up in between. */
export function createOutbound(options: OutboundOptions): Outbound {
  const listed = agentOf(() => true, options);
  const others = agentOf(mayConnect, options);
  function mayConnect(address: string): boolean {
    return isPublicAddress(address) || (options.loopback && isLoopbackAddress(address));
  }
  return {
    async fetch(ask) {
      const url = urlOf(ask.url);
      const isListed = options.mayReach(url.host) || options.mayReach(url.hostname);
      checkUrl(url, { isListed, ...options }, mayConnect);
      return send(isListed ? listed : others, url, ask);
    },
  };
}

/** More than a configuration has; what is forgotten is made again. */
const mostKept = 256;

/**
 * One for each network that documents name. INVARIANT: documents that let other places be asked share no
 * connection.
 */
export function createOutbounds(
  options: Pick<OutboundOptions, 'connections'> = {},
): (network: OutboundNetwork) => Outbound {
  const kept = new Map<string, Outbound>();
  return ({ hosts, loopback }) => {
    const name = `${loopback} ${hosts.join(' ')}`;
    const known = kept.get(name);
    if (known !== undefined) return known;
    if (kept.size >= mostKept) kept.clear();
    const made = createOutbound({ ...options, mayReach: (host) => hosts.includes(host), loopback });
    kept.set(name, made);
    return made;
  };
}

function refused(message: string): BailiwickError {
  return new BailiwickError('outbound/refused', { message });
}

function urlOf(text: string): URL {
  const url = URL.parse(text);
  // What is written in another way could be read in another way.
  if (url === null || url.href !== text || url.hash !== '') {
    throw refused('this is no plain absolute URL');
  }
  if (url.username !== '' || url.password !== '') throw refused('a URL with a user in it');
  return url;
}

function checkUrl(
  url: URL,
  { isListed, loopback }: OutboundOptions & { readonly isListed: boolean },
  mayConnect: (address: string) => boolean,
): void {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const isOwn = host === 'localhost' || isLoopbackAddress(host);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isOwn && loopback)) {
    throw refused('only https is fetched');
  }
  if (isIP(host) !== 0 && !isListed && !mayConnect(host)) throw refused(privateAddress);
}

const privateAddress = 'this is an address of a private network, and no document lists it';

/** Made when somebody is asked first: a program that asks nobody reads no HTTP client. */
type LazyAgent = () => Promise<Agent>;

/** Judges every address that a name stands for, and connects to one of those that it has judged. */
function agentOf(
  may: (address: string) => boolean,
  { resolve: ask = resolve, connections = 4 }: OutboundOptions,
): LazyAgent {
  const lookup: LookupFunction = (hostname, options, callback) => {
    ask(hostname, { ...options, all: true }, (fault, found) => {
      if (fault !== null) return callback(fault, '', 0);
      const addresses = found as readonly LookupAddress[];
      // INVARIANT: of a name that stands for both, nothing is taken: the next answer could be the other one.
      if (addresses.length === 0 || addresses.some(({ address }) => !may(address))) {
        return callback(refused(privateAddress), '', 0);
      }
      if (options.all === true) return callback(null, [...addresses]);
      const [{ address, family } = { address: '', family: 0 }] = addresses;
      return callback(null, address, family);
    });
  };
  let agent: Promise<Agent> | undefined;
  return () => {
    agent ??= import('undici').then(
      (undici) =>
        new undici.Agent({ connect: { lookup, timeout: 3_000 }, connections, pipelining: 1 }),
    );
    return agent;
  };
}

async function send(agent: LazyAgent, url: URL, ask: OutboundAsk): Promise<OutboundAnswer> {
  const late = AbortSignal.timeout(ask.timeoutMs);
  const signal = ask.signal === undefined ? late : AbortSignal.any([late, ask.signal]);
  try {
    const { request } = await import('undici');
    const answer = await request(url, {
      dispatcher: await agent(),
      method: ask.method ?? 'GET',
      signal,
      headers: { accept: 'application/json', ...ask.headers },
      ...(ask.body === undefined ? {} : { body: ask.body }),
    });
    const body = await readBounded(answer.body, ask.maxBytes);
    const type = answer.headers['content-type'];
    return {
      status: answer.statusCode,
      type: typeof type === 'string' ? type : '',
      body,
      maxAge: maxAgeOf(answer.headers['cache-control']),
      retryAfterMs: retryAfterOf(answer.headers['retry-after']),
      header(name) {
        const value = answer.headers[name];
        return typeof value === 'string' ? value : undefined;
      },
    };
  } catch (fault) {
    throw asOurs(fault);
  }
}

async function readBounded(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw refused(`the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function maxAgeOf(header: string | string[] | undefined): number | undefined {
  const [, seconds] =
    /(?:^|[\s,])max-age=(\d{1,9})(?:$|[\s,;])/.exec([header ?? ''].flat().join()) ?? [];
  return seconds === undefined ? undefined : Number(seconds);
}

/** Seconds or a date, as HTTP has it. */
function retryAfterOf(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string') return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

function asOurs(fault: unknown): BailiwickError {
  const ours = [fault, (fault as { cause?: unknown }).cause].find(
    (one) => one instanceof BailiwickError,
  );
  if (ours instanceof BailiwickError) return ours;
  return new BailiwickError('outbound/unreachable', { cause: fault });
}
