import { setTimeout as pause } from 'node:timers/promises';
import { type Dispatcher, Pool } from 'undici';
import { cpuUsOf } from './proc.ts';
import { quantile } from './statistics.ts';

export interface Asked {
  /** A raw list: names and values in turn. */
  readonly headers: string[];
  readonly body: Buffer;
}

/** Whoever is asked: an address, the processes whose work counts, and what is asked next. */
export interface Source {
  readonly url: string;
  /** Anew each time: a gateway may have been started again. */
  pids(): readonly number[];
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Before each run: credentials are renewed here. */
  prepare?(): Promise<void>;
  next(): Asked;
  /** Sees the headers of answers: nonces. */
  learn?(headers: Dispatcher.ResponseData['headers']): void;
}

export interface Measured {
  readonly calls: number;
  readonly callsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** User and system time of the processes under test, thread pool and workers included, per call. */
  readonly cpuUs: number;
  readonly failed: number;
  /** Of those that failed, what the first one answered. */
  readonly why?: string;
}

export interface LoadOptions {
  readonly connections: number;
  readonly seconds: number;
  readonly warmSeconds: number;
  /** Calls that start each second, whether the ones before were answered or not; else a closed loop. */
  readonly perSecond?: number;
}

/** Calls over HTTP. */
export async function runLoad(source: Source, options: LoadOptions): Promise<Measured> {
  await source.prepare?.();
  const { origin, pathname: path } = new URL(source.url);
  const tls = source.tls === undefined ? {} : { ...source.tls, rejectUnauthorized: false };
  const pool = new Pool(origin, {
    connections: options.connections,
    pipelining: 1,
    ...(source.tls === undefined ? {} : { connect: tls }),
  });
  try {
    return await loadWith(
      options,
      () => source.pids(),
      () => ask({ pool, path, source }),
    );
  } finally {
    await pool.destroy();
  }
}

/** Any work that is done once by each connection at a time; it answers why it failed, if it did. */
export async function loadWith(
  options: LoadOptions,
  pidsOf: () => readonly number[],
  work: () => Promise<string | void>,
): Promise<Measured> {
  const phase = async (seconds: number): Promise<Seen> => {
    const seen: Seen = { times: [], failed: 0 };
    const once = async (since: number): Promise<void> => {
      const failure = await work().catch(messageOf);
      if (failure === undefined) return void seen.times.push(performance.now() - since);
      seen.failed += 1;
      seen.why ??= failure;
    };
    const ran = { ...options, seconds };
    await (options.perSecond === undefined ? closedLoop(once, ran) : openLoop(once, ran));
    return seen;
  };
  await phase(options.warmSeconds);
  const pids = pidsOf();
  const cpuBefore = cpuUsOf(pids);
  const started = performance.now();
  const seen = await phase(options.seconds);
  const elapsedMs = performance.now() - started;
  return measuredOf(seen, elapsedMs, cpuUsOf(pids) - cpuBefore);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

interface Seen {
  readonly times: number[];
  failed: number;
  why?: string;
}

interface Asking {
  readonly pool: Pool;
  readonly path: string;
  readonly source: Source;
}

async function ask(asking: Asking): Promise<string | undefined> {
  let { status, text } = await post(asking);
  // An old nonce: an agent that has learnt the new one asks again.
  if (status === 401 && asking.source.learn !== undefined) ({ status, text } = await post(asking));
  return isAnswer(status, text) ? undefined : `${status} ${text.slice(0, 300)}`;
}

async function post({ pool, path, source }: Asking): Promise<{ status: number; text: string }> {
  const { headers, body } = source.next();
  const response = await pool.request({ path, method: 'POST', headers, body });
  source.learn?.(response.headers);
  return { status: response.statusCode, text: await response.body.text() };
}

function isAnswer(status: number, text: string): boolean {
  return status === 200 && !text.includes('"isError":true') && !text.includes('"error"');
}

type Once = (since: number) => Promise<void>;

/** Each connection sends its next call when the one before was answered. */
async function closedLoop(once: Once, { connections, seconds }: LoadOptions): Promise<void> {
  const until = performance.now() + seconds * 1_000;
  const one = async (): Promise<void> => {
    for (let now = performance.now(); now < until; now = performance.now()) await once(now);
  };
  await Promise.all(Array.from({ length: connections }, one));
}

/** A call is late from the moment at which it was due, not from when the pool had room for it. */
async function openLoop(once: Once, { seconds, perSecond = 1 }: LoadOptions): Promise<void> {
  const started = performance.now();
  const all = Math.round(seconds * perSecond);
  const running: Promise<void>[] = [];
  while (running.length < all) {
    const due = Math.min(all, ((performance.now() - started) / 1_000) * perSecond);
    while (running.length < due) running.push(once(started + (running.length / perSecond) * 1_000));
    await pause(1);
  }
  await Promise.all(running);
}

function measuredOf(seen: Seen, elapsedMs: number, cpuUs: number): Measured {
  const sorted = seen.times.toSorted((a, b) => a - b);
  return {
    calls: sorted.length,
    callsPerSecond: (sorted.length / elapsedMs) * 1_000,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    cpuUs: cpuUs / sorted.length,
    failed: seen.failed,
    ...(seen.why === undefined ? {} : { why: seen.why }),
  };
}
