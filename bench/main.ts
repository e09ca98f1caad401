import { fork, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { clientCertificate, createProof, getToken } from '../sdk/index.ts';
import { startInstance } from '../test/e2e/instance.ts';
import { callTool, listTools, modernHeaders } from '../test/e2e/wire.ts';
import { type Load, type Measured, runLoad } from './load.ts';

/**
 * A governed `tools/call` beside a bare parsing proxy and a direct call, in one run. Ratios are the
 * result; absolute figures move with the machine.
 */
const help = `Measures the product beside a bare parsing proxy, in one run.

Usage:
  bailiwick bench [-o json] [--seconds N]

Examples:
  bailiwick bench
  bailiwick bench --seconds 5 -o json
`;

interface Row extends Measured {
  readonly what: string;
}

async function main(): Promise<void> {
  const argv = process.argv.slice(2);
  if (argv.includes('--help') || argv.includes('-h')) return void process.stdout.write(help);
  const json = argv.includes('json');
  const seconds = Number(argv[argv.indexOf('--seconds') + 1] ?? 3) || 3;
  const say = (text: string) => void (json || process.stderr.write(`  ${text}\n`));
  const upstream = await startServer('upstream');
  const proxy = await startServer('proxy', upstream.url);
  say('starting the gateway');
  const instance = await startInstance({ documents: documents(upstream.url) });
  try {
    const rows = await measureAll({ upstream, proxy, instance, seconds, say });
    const status: Record<string, unknown> = await instance.admin.request('GET', '/v1/status');
    say('audit commit beside a flush probe');
    const journal = runJournalBench();
    say('a second start');
    const { folder, credential } = instance;
    await instance.stop();
    const started = performance.now();
    const second = await startInstance({ folder, credential });
    const readyMs = Math.round(performance.now() - started);
    await second.stop();
    const answer = {
      rows,
      readyMs,
      gatewayHealth: status['gatewayHealth'],
      journal,
      machine: machine(),
    };
    process.stdout.write(json ? `${JSON.stringify(answer)}\n` : draw(rows, answer));
  } finally {
    await instance.remove();
    upstream.stop();
    proxy.stop();
  }
}

interface Running {
  readonly url: string;
  readonly pid: number;
  stop(): void;
}

function startServer(...args: string[]): Promise<Running> {
  const child = fork(fileURLToPath(new URL('./servers.ts', import.meta.url)), args);
  return new Promise((resolve) => {
    child.on('message', (message) => {
      const { url } = message as { url: string };
      resolve({ url, pid: child.pid ?? 0, stop: () => void child.kill() });
    });
  });
}

function documents(url: string): Record<string, string> {
  return {
    'bench.yaml': `
kind: Agent
name: bench
spec: { owner: ada@example.com, purpose: is measured, manifest: bench, rate: { perMinute: 10000000, burst: 1000000 } }
---
kind: Manifest
name: bench
spec: { tools: [ { tool: bench/echo }, { tool: bench/write } ] }
---
kind: ToolServer
name: bench
spec:
  connect: { url: '${url}' }
  pin: first-seen
  results: { labels: [] }
  tools: { echo: { effect: read }, write: { effect: write } }
---
kind: Policy
name: bench
spec:
  cedar: |
    @id("small")
    permit(principal, action == Action::"bench/write", resource) when { context.input.customer != "nobody" };
`,
  };
}

const argumentsOf = (n: number) => ({
  customer: `c-${n}`,
  fields: ['name', 'email', 'address'],
  limit: 20,
  note: 'y'.repeat(500),
  nested: { a: 1.5, b: true },
});

let sequence = 0;

function body(tool: string): Buffer {
  sequence += 1;
  return Buffer.from(
    JSON.stringify({
      jsonrpc: '2.0',
      id: sequence,
      method: 'tools/call',
      params: {
        name: tool,
        arguments: argumentsOf(sequence),
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    }),
  );
}

interface Measurement {
  readonly upstream: Running;
  readonly proxy: Running;
  readonly instance: Awaited<ReturnType<typeof startInstance>>;
  readonly seconds: number;
  readonly say: (text: string) => void;
}

async function measureAll({
  upstream,
  proxy,
  instance,
  seconds,
  say,
}: Measurement): Promise<Row[]> {
  const agent = await instance.enrolAgent('bench');
  for (let tries = 0; tries < 100; tries += 1) {
    const { body: answer } = await listTools(agent.fetch, instance.gateway);
    if ((answer.result?.tools?.length ?? 0) === 2) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const first = await callTool(agent.fetch, instance.gateway, 'bench.echo', argumentsOf(0));
  if (first.isError || first.status !== 200) throw new Error(JSON.stringify(first.body));
  const pid = gatewayPid(instance.pid);
  const plain = (tool: string) => ({
    headers: Object.entries(modernHeaders('tools/call', tool)).flat(),
    body: body(tool),
  });
  const { control, key, identity } = agent;
  const { accessToken } = await getToken({ control, key, identity });
  let nonce: string | undefined = first.headers.get('dpop-nonce') ?? undefined;
  const dpop = (tool: string) => {
    const request = plain(tool);
    const proof = createProof({ key, method: 'POST', url: instance.gateway, accessToken, nonce });
    request.headers.push('authorization', `DPoP ${accessToken}`, 'dpop', proof);
    return request;
  };
  const tls = clientCertificate(key);
  const kinds: {
    what: string;
    load: Omit<Load, 'connections' | 'seconds'>;
    at: readonly number[];
  }[] = [
    {
      what: 'direct',
      load: { url: upstream.url, pid: upstream.pid, next: () => plain('echo') },
      at: [1, 32, 256],
    },
    {
      what: 'bare parsing proxy',
      load: { url: proxy.url, pid: proxy.pid, next: () => plain('echo') },
      at: [1, 32, 256],
    },
    {
      what: 'governed, channel-bound (mTLS)',
      load: { url: instance.gatewayTls, pid, tls, next: () => plain('bench.echo') },
      at: [1, 32, 256],
    },
    {
      what: 'governed, proof per call (DPoP ES256)',
      load: {
        url: instance.gateway,
        pid,
        next: () => dpop('bench.echo'),
        learn: (headers) => void (nonce = String(headers['dpop-nonce'] ?? nonce)),
      },
      at: [1, 32, 256],
    },
    {
      what: 'governed, mTLS, policy reads arguments (wasm)',
      load: { url: instance.gatewayTls, pid, tls, next: () => plain('bench.write') },
      at: [32],
    },
  ];
  const rows: Row[] = [];
  for (const { what, load, at } of kinds) {
    for (const connections of at) {
      say(`${what}, ${connections} connections`);
      rows.push({ what, ...(await runLoad({ ...load, connections, seconds })) });
    }
  }
  return rows;
}

function gatewayPid(supervisor: number): number {
  const children = readFileSync(`/proc/${supervisor}/task/${supervisor}/children`, 'utf8')
    .trim()
    .split(' ');
  const found = children.find((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('gateway/main.ts'),
  );
  if (found === undefined) throw new Error('the gateway process was not found');
  return Number(found);
}

function runJournalBench(): unknown {
  const entry = fileURLToPath(new URL('./journal.ts', import.meta.url));
  const { stdout } = spawnSync(process.execPath, [entry, '-o', 'json'], { encoding: 'utf8' });
  try {
    return JSON.parse(stdout) as unknown;
  } catch {
    return stdout;
  }
}

function machine(): Record<string, unknown> {
  return { node: process.version, arch: process.arch, cpus: navigator.hardwareConcurrency };
}

function draw(
  rows: readonly Row[],
  answer: { readyMs: number; gatewayHealth: unknown; journal: unknown },
): string {
  const bare = (connections: number) =>
    rows.find((row) => row.what === 'bare parsing proxy' && row.connections === connections)
      ?.cpuUs ?? 1;
  const lines = [
    '',
    ['what'.padEnd(46), 'conn', 'calls/s', 'p50 ms', 'p99 ms', 'CPU µs', '× bare', 'failed'].join(
      '  ',
    ),
    ...rows.map((row) =>
      [
        row.what.padEnd(46),
        `${row.connections}`.padStart(4),
        `${row.callsPerSecond}`.padStart(7),
        row.p50Ms.toFixed(2).padStart(6),
        row.p99Ms.toFixed(2).padStart(6),
        row.cpuUs.toFixed(0).padStart(6),
        (row.cpuUs / bare(row.connections)).toFixed(1).padStart(6),
        `${row.failed}`.padStart(6),
      ].join('  '),
    ),
    '',
    `second start ready after ${answer.readyMs} ms`,
    `gateway: ${JSON.stringify(answer.gatewayHealth)}`,
    `audit commit: ${JSON.stringify(answer.journal)}`,
    '',
  ];
  return lines.join('\n');
}

await main();
