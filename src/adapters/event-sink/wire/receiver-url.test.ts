import { describe, expect, it } from 'vitest';
import { elasticSink } from '../elastic/index.ts';
import { otlpLogsSink } from '../otlp-logs/index.ts';
import { otlpTracesSink } from '../otlp-traces/index.ts';
import { sentinelSink } from '../sentinel/index.ts';
import { splunkHecSink } from '../splunk-hec/index.ts';
import { webhookSink } from '../webhook/index.ts';
import { receiverUrl } from './receiver-url.ts';

const traces = otlpTracesSink({ write: () => undefined });

describe('the address of a receiver', () => {
  it.each([
    ['https://siem.example/in', true],
    ['http://127.0.0.1:8088/in', true],
    ['http://localhost/in', true],
    ['http://[::1]:8088/in', true],
    ['http://siem.example/in', false],
    ['http://10.0.0.7/in', false],
    ['http://127.0.0.1.siem.example/in', false],
    ['http://localhost.siem.example/in', false],
    ['ftp://127.0.0.1/in', false],
  ])('%s is taken: %s, for in the clear records cross no network [AUD-19]', (url, taken) => {
    expect(receiverUrl.safeParse(url).success).toBe(taken);
  });

  it.each([
    ['elastic', elasticSink.spec],
    ['otlp-logs', otlpLogsSink.spec],
    ['otlp-traces', traces.spec],
    ['sentinel', sentinelSink.spec],
    ['splunk-hec', splunkHecSink.spec],
    ['webhook', webhookSink.spec],
  ])('is judged so of %s [AUD-19]', (_, spec) => {
    const { url } = spec.shape;
    expect(url.safeParse('http://siem.example/in').success).toBe(false);
    expect(url.safeParse('https://siem.example/in').success).toBe(true);
  });
});
