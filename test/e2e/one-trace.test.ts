import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseVkey, verifyProofFile } from '#tlog/index.ts';
import { exchange, fetchWith, tokenTypes } from './exchange.ts';
import type { TestAgent } from './instance.ts';
import { exchangeAudience, type SmallProvider, startSmallProvider } from './small-provider.ts';
import { runCli, until } from './cli.ts';
import { HttpReceiver } from '../fakes/http-receiver.ts';
import { type RunningWorld, startWorld } from './world.ts';

const estate = (issuer: string) => `
---
kind: IdentityProvider
name: corp
spec:
  oidc: { issuer: '${issuer}', clientId: bailiwick, clientKey: true, loopback: true, exchangeAudiences: [${exchangeAudience}] }
---
kind: Exchange
name: worker-corp
spec: { agent: worker, provider: corp, everyone: true, effects: [read] }
---
kind: Entitlement
name: everybody
spec: { everyone: true, tools: [ { tool: fake/echo }, { tool: fake/fail } ] }
---
kind: Agent
name: writer
spec: { owner: ada@example.com, purpose: drafts, manifest: work }
---
kind: Agent
name: checker
spec: { owner: ada@example.com, purpose: checks, manifest: work }
---
kind: HandOff
name: worker-writer
spec: { from: worker, to: writer, depth: 2 }
---
kind: HandOff
name: writer-checker
spec: { from: writer, to: checker, depth: 2 }
`;

interface SpanTold {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: string;
  readonly failure?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** What the runtime of an agent does with spans of its own: it makes one, and passes it on. */
class Tracer {
  readonly trace = randomBytes(16).toString('hex');
  readonly spans: { readonly spanId: string; readonly parentSpanId: string | undefined }[] = [];

  span(parentSpanId?: string): string {
    const spanId = randomBytes(8).toString('hex');
    this.spans.push({ spanId, parentSpanId });
    return spanId;
  }

  parent(spanId: string): { readonly traceparent: string } {
    return { traceparent: `00-${this.trace}-${spanId}-01` };
  }
}

/** As OTLP has them, in the JSON form. */
interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}

const folder = mkdtempSync(join(tmpdir(), 'bailiwick-one-trace-'));
const collected: OtlpSpan[] = [];
const collector = new HttpReceiver(({ path, body }) => {
  if (path !== '/v1/traces') return { status: 404 };
  const { resourceSpans } = JSON.parse(body) as {
    resourceSpans: { scopeSpans: { spans: OtlpSpan[] }[] }[];
  };
  for (const { scopeSpans } of resourceSpans) {
    collected.push(...scopeSpans.flatMap(({ spans }) => spans));
  }
  return { status: 200, body: '{"partialSuccess":{}}' };
});

describe('one trace', () => {
  let provider: SmallProvider;
  let world: RunningWorld;
  let agents: Record<'worker' | 'writer' | 'checker', TestAgent>;

  beforeAll(async () => {
    provider = await startSmallProvider();
    const file = join(folder, 'exports.yaml');
    const url = `${await collector.open()}/v1/traces`;
    writeFileSync(file, JSON.stringify({ sinks: [{ name: 'otel', kind: 'otlp-traces', url }] }));
    world = await startWorld(estate(provider.issuer), { args: ['--exports', file] });
    const enrol = (name: string) => world.instance.enrolAgent(name);
    agents = {
      worker: await enrol('worker'),
      writer: await enrol('writer'),
      checker: await enrol('checker'),
    };
  });
  afterAll(async () => {
    await world?.close();
    await provider?.close();
    await collector.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function spansOf(trace: string, atLeast: number): Promise<readonly SpanTold[]> {
    let spans: readonly SpanTold[] = [];
    for (let tries = 0; tries < 100 && spans.length < atLeast; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const path = `/v1/audit/traces/${trace}`;
      const told: Record<string, unknown> = await world.instance.admin.request('GET', path);
      spans = told['spans'] as readonly SpanTold[];
    }
    return spans;
  }

  /** By the SDK, as agents do, with `_meta` where the agent passes its trace on. */
  async function call(agent: TestAgent, token: string, meta?: { readonly traceparent: string }) {
    const send = fetchWith(agent, token);
    const url = new URL(world.gateway);
    const client = new Client({ name: 'agent', version: '1' });
    const transport = new StreamableHTTPClientTransport(url, { fetch: send });
    await client.connect(transport);
    const asked = { name: 'fake__echo', arguments: { text: `by ${agent.name}` } };
    await client.callTool({ ...asked, ...(meta === undefined ? {} : { _meta: { ...meta } }) });
    await client.close();
  }

  const order = JSON.stringify({ instruction: 'answer ticket 7' });

  async function handOn(
    [from, fromToken]: readonly [TestAgent, string],
    [to, name]: readonly [TestAgent, string],
    headers: Record<string, string> = {},
  ): Promise<string> {
    const about = { request_details: order };
    const wish = { requested_token_type: tokenTypes.handOff, audience: `agent:${name}`, ...about };
    const given = await exchange(from, fromToken, tokenTypes.access, wish, headers);
    expect([given.status, given.description]).toEqual([200, undefined]);
    const taken = await exchange(to, given.token, tokenTypes.handOff, about);
    expect([taken.status, taken.description]).toEqual([200, undefined]);
    return taken.token;
  }

  /** Where the command line finds the admin's credential. */
  function place() {
    const { folder, data, credential } = world.instance;
    const home = join(folder, 'home');
    mkdirSync(home);
    const known = JSON.stringify({ [data]: credential });
    writeFileSync(join(home, 'credentials.json'), known, { mode: 0o600 });
    return { home, data };
  }

  function userToken(): string {
    return provider.token({ subject: 'ann', groups: [], sid: randomBytes(4).toString('hex') });
  }

  it('goes from the prompt through three agents to the backend, without an orphan [AUD-14]', async () => {
    const { worker, writer, checker } = agents;
    const tracer = new Tracer();
    const prompt = tracer.span();
    const first = tracer.span(prompt);
    const began = await exchange(worker, userToken(), tokenTypes.access, {}, tracer.parent(first));
    expect([began.status, began.description]).toEqual([200, undefined]);
    await call(worker, began.token, tracer.parent(first));
    const second = tracer.span(first);
    const writers = await handOn([worker, began.token], [writer, 'writer'], tracer.parent(first));
    await call(writer, writers, tracer.parent(second));
    const third = tracer.span(second);
    const checkers = await handOn([writer, writers], [checker, 'checker'], tracer.parent(second));
    await call(checker, checkers, tracer.parent(third));

    const spans = await spansOf(tracer.trace, 20);
    // One for each token: exchanged, handed on twice, taken over twice; a call and its upstream each.
    const about = ({ name }: SpanTold) => /^(?:invoke_agent|tools)/.test(name);
    expect(
      spans
        .filter(about)
        .map(({ name, kind }) => `${kind} ${name}`)
        .toSorted(),
    ).toEqual(
      [
        ...['worker', 'writer', 'checker'].map((name) => `internal invoke_agent ${name}`),
        ...['writer', 'checker'].map((name) => `producer invoke_agent ${name}`),
        ...[1, 2, 3].flatMap(() => ['server tools/call echo', 'client tools/call echo']),
      ].toSorted(),
    );
    // The SDK says nothing of it with its handshakes: there the tokens do.
    const others = new Set(spans.filter((one) => !about(one)).map(({ name }) => name));
    expect([...others].toSorted()).toEqual(['GET', 'initialize', 'notifications/initialized']);
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([tracer.trace]));
    const all = [...spans, ...tracer.spans];
    const known = new Set(all.map(({ spanId }) => spanId));
    expect(known.size).toBe(all.length);
    expect(all.filter(({ parentSpanId }) => parentSpanId === undefined)).toEqual([
      { spanId: prompt, parentSpanId: undefined },
    ]);
    const orphans = all.filter(({ parentSpanId: id }) => id !== undefined && !known.has(id));
    expect(orphans).toEqual([]);
    // A collector has the same, and no other.
    const ofThis = () => collected.filter(({ traceId }) => traceId === tracer.trace);
    const sent = await until(
      async () => ofThis(),
      (now) => now.length >= spans.length,
    );
    const ids = (of: readonly OtlpSpan[]) =>
      of.map(({ spanId, parentSpanId }) => `${spanId} below ${parentSpanId}`).toSorted();
    expect([...new Set(ids(sent))]).toEqual(ids(spans));
    // What the backend heard is the span that says so.
    const heard = world.upstream
      .calls()
      .slice(-3)
      .map(({ headers, body }) => {
        const meta = (JSON.parse(body) as { params: { _meta: Record<string, string> } }).params
          ._meta;
        expect(headers['traceparent']).toBe(meta['traceparent']);
        return meta['traceparent'] ?? '';
      });
    const clients = spans.filter(({ kind }) => kind === 'client');
    expect(heard.toSorted()).toEqual(
      clients.map(({ spanId }) => tracer.parent(spanId).traceparent).toSorted(),
    );
  });

  it('is gone on with by agents that say nothing of it, by the tokens that they were given [AUD-14]', async () => {
    const { worker, writer, checker } = agents;
    const tracer = new Tracer();
    const headers = tracer.parent(tracer.span());
    const began = await exchange(worker, userToken(), tokenTypes.access, {}, headers);
    await call(worker, began.token);
    const writers = await handOn([worker, began.token], [writer, 'writer']);
    const checkers = await handOn([writer, writers], [checker, 'checker']);
    await call(checker, checkers);
    const spans = await spansOf(tracer.trace, 15);
    const known = new Set([...spans, ...tracer.spans].map(({ spanId }) => spanId));
    const orphans = spans.filter(({ parentSpanId: id }) => id === undefined || !known.has(id));
    expect(orphans).toEqual([]);
    const calls = spans.filter(({ name }) => name === 'tools/call echo');
    expect(calls.map(({ kind }) => kind)).toEqual(['server', 'client', 'server', 'client']);
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    const above = (span: SpanTold | undefined): readonly string[] =>
      span === undefined ? [] : [...above(byId.get(span.parentSpanId ?? '')), span.name];
    expect(above(calls[3])).toEqual([
      ...['worker', 'writer', 'writer', 'checker', 'checker'].map((name) => `invoke_agent ${name}`),
      'tools/call echo',
      'tools/call echo',
    ]);
  });

  it('is shown as a tree in the terminal [OBS-08]', async () => {
    const { worker } = agents;
    const tracer = new Tracer();
    const headers = tracer.parent(tracer.span());
    const began = await exchange(worker, userToken(), tokenTypes.access, {}, headers);
    await call(worker, began.token);
    await spansOf(tracer.trace, 6);
    const at = place();
    const { stdout } = await runCli(at, ['audit', 'timeline', '--trace', tracer.trace]);
    expect(stdout).toMatch(/span [0-9a-f]{16} of the caller/);
    expect(stdout).toMatch(/worker +invoke_agent worker/);
    expect(stdout).toMatch(/worker +tools\/call echo +done/);
    expect(stdout).toContain('→ tool:fake/echo');
    // Under the tree every record, in order, with what was decided.
    const types = ['token.issued', 'policy.intent', 'policy.outcome'];
    const places = types.map((type) => stdout.indexOf(` ${type} `));
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    expect(places[0]).toBeGreaterThan(stdout.indexOf('→ tool:fake/echo'));
    const words = ['audit', 'timeline', '--trace', tracer.trace, '--proofs', '-o', 'json'];
    const told = JSON.parse((await runCli(at, words)).stdout) as {
      readonly records: readonly Record<'leaf' | 'origin' | 'proof', string>[];
      readonly reach: readonly Record<'origin' | 'vkey', string>[];
    };
    expect(told.records.length).toBeGreaterThanOrEqual(3);
    for (const { leaf, origin, proof } of told.records) {
      const vkey = told.reach.find((one) => one.origin === origin)?.vkey ?? '';
      const held = verifyProofFile(Buffer.from(proof), Buffer.from(leaf), { log: parseVkey(vkey) });
      expect(held.origin).toBe(origin);
    }
  });
});
