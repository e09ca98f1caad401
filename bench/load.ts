import { readFileSync } from 'node:fs';
import { Pool } from 'undici';

export interface Measured {
  readonly connections: number;
  readonly calls: number;
  readonly callsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** User and system time of the process under test, thread pool included, per call. */
  readonly cpuUs: number;
  readonly failed: number;
}

export interface Load {
  readonly url: string;
  readonly pid: number;
  readonly connections: number;
  readonly seconds: number;
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Raw header list and body of the next request. */
  next(): { readonly headers: string[]; readonly body: Buffer };
  /** Sees the headers of answers: nonces. */
  learn?(headers: Record<string, string | string[] | undefined>): void;
}

const tick = 10_000;

/** CPU of a process in microseconds, from the kernel's own count. */
export function cpuOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tick;
}

export async function runLoad(load: Load): Promise<Measured> {
  const url = new URL(load.url);
  const pool = new Pool(url.origin, {
    connections: load.connections,
    pipelining: 1,
    ...(load.tls === undefined ? {} : { connect: { ...load.tls, rejectUnauthorized: false } }),
  });
  try {
    await phase(pool, load, 1);
    const cpuBefore = cpuOf(load.pid);
    const started = performance.now();
    const { times, failed } = await phase(pool, load, load.seconds);
    const elapsed = performance.now() - started;
    const cpu = cpuOf(load.pid) - cpuBefore;
    times.sort((a, b) => a - b);
    const at = (share: number) =>
      times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
    return {
      connections: load.connections,
      calls: times.length,
      callsPerSecond: Math.round((times.length / elapsed) * 1_000),
      p50Ms: round(at(0.5)),
      p99Ms: round(at(0.99)),
      cpuUs: round(cpu / Math.max(1, times.length)),
      failed,
    };
  } finally {
    await pool.destroy();
  }
}

/** Closed loop: each connection sends its next call when the one before was answered. */
async function phase(
  pool: Pool,
  load: Load,
  seconds: number,
): Promise<{ times: number[]; failed: number }> {
  const until = performance.now() + seconds * 1_000;
  const times: number[] = [];
  let failed = 0;
  const one = async (): Promise<void> => {
    while (performance.now() < until) {
      const { headers, body } = load.next();
      const started = performance.now();
      const response = await pool.request({ path: '/mcp', method: 'POST', headers, body });
      load.learn?.(response.headers);
      const text = await response.body.text();
      if (
        response.statusCode !== 200 ||
        text.includes('"isError":true') ||
        text.includes('"error"')
      ) {
        failed += 1;
        if (response.statusCode === 401) continue;
      }
      times.push(performance.now() - started);
    }
  };
  await Promise.all(Array.from({ length: load.connections }, one));
  return { times, failed };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
