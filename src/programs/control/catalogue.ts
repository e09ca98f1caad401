import { elasticSink } from '#adapters/event-sink/elastic/index.ts';
import { jsonlSink } from '#adapters/event-sink/jsonl/index.ts';
import { mailSink } from '#adapters/event-sink/mail/index.ts';
import { otlpTracesSink } from '#adapters/event-sink/otlp-traces/index.ts';
import { otlpLogsSink } from '#adapters/event-sink/otlp-logs/index.ts';
import { sentinelSink } from '#adapters/event-sink/sentinel/index.ts';
import { splunkHecSink } from '#adapters/event-sink/splunk-hec/index.ts';
import { syslogSink } from '#adapters/event-sink/syslog/index.ts';
import { webhookSink } from '#adapters/event-sink/webhook/index.ts';
import { createOutbound } from '#adapters/outbound/index.ts';
import type { SinkKind } from '#contracts/event-sink.ts';
import { waitingOf } from '#planes/export/index.ts';
import { traceRequest } from '#planes/traces/index.ts';

/** To where records can be sent. */
export const sinkKinds = [
  jsonlSink,
  webhookSink,
  otlpTracesSink({ write: traceRequest }),
  syslogSink,
  elasticSink,
  splunkHecSink,
  sentinelSink,
  otlpLogsSink,
  mailSink({ tell: waitingOf }),
] as unknown as readonly SinkKind[];

/** The operator names receivers: a private network may be where they are. */
export const sinkOutbound = () => createOutbound({ mayReach: () => true, loopback: true });
