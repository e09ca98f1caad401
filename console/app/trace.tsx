import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { useAsk } from './ask.ts';
import { Moment } from './moment.tsx';
import { Badge, Card, code, Empty, type Mark, Page } from './parts.tsx';
import { Plain } from './plain.tsx';
import { type LogRecord, outcomeOf } from './sentence.ts';
import { RecordLink } from './record-link.tsx';
import { State } from './tools.tsx';
import { type Span, type TraceRow, traceRows } from './trace-rows.ts';

type Answer = AnswerOf<'GET /v1/audit/traces/{trace}'>;

/** Everything under one trace: who called whom, down to the call of each server, and the record behind each step. */
export function TracePage(): ReactNode {
  const { trace } = useParams({ from: '/traces/$trace' });
  const asked = useAsk('GET /v1/audit/traces/{trace}', { params: { trace } });
  return (
    <Page
      title="Trace"
      lead="From the prompt to the call of each server, across agents: each step below the one that called it, made of records alone."
    >
      <State of={asked} />
      {asked.data === undefined ? null : <Shown told={asked.data} />}
      <p className="text-sm text-soft">
        The same by command:{' '}
        <code className={code}>
          bailiwick audit timeline --trace <Plain text={trace} />
        </code>
      </p>
    </Page>
  );
}

function Shown({ told }: { readonly told: Answer }): ReactNode {
  const records = told.records.map(({ record }) => record as unknown as LogRecord);
  const rows = traceRows(told.spans);
  const first = Math.min(...told.spans.map(({ startMs }) => startMs));
  const agents = new Set(told.spans.flatMap(({ attributes }) => nameIn(attributes) ?? []));
  return (
    <>
      {told.cut || told.unreadable > 0 ? (
        <p className="rounded-lg border border-amber/40 bg-amber-tint px-4 py-3 text-amber">
          This is not all of it:{' '}
          {told.cut ? 'there are more records under this trace than one page holds. ' : ''}
          {told.unreadable > 0 ? `${told.unreadable} records cannot be read.` : ''}
        </p>
      ) : null}
      <Card
        title="Who called whom"
        aside={
          <span className="text-sm text-soft">
            {told.spans.length} steps, {agents.size === 1 ? '1 agent' : `${agents.size} agents`}
          </span>
        }
      >
        {rows.length === 0 ? (
          <Empty title="Nothing is on record under this trace">
            A call stands here once it has ended and its record is found, which takes a second.
          </Empty>
        ) : (
          <ol aria-label="Steps" className="divide-y divide-line">
            {rows.map((row, at) => (
              <Step key={at} of={row} first={first} />
            ))}
          </ol>
        )}
      </Card>
      {records.length === 0 ? null : <Records of={records} />}
    </>
  );
}

const nameIn = (attributes: Span['attributes']) => textIn(attributes, 'gen_ai.agent.name');

function textIn(attributes: Span['attributes'], key: string): string | undefined {
  const found = attributes[key];
  return typeof found === 'string' ? found : undefined;
}

/** Deeper is written as a number alone: at 320 pixels there is no room to move in further. */
const indents = ['pl-4', 'pl-8', 'pl-12', 'pl-16', 'pl-20', 'pl-24'] as const;

function Step({ of: row, first }: { readonly of: TraceRow; readonly first: number }): ReactNode {
  const indent = indents[Math.min(row.depth, indents.length - 1)];
  const level = <span className="sr-only">Level {row.depth + 1}: </span>;
  if (row.kind === 'outside')
    return (
      <li className={`py-2.5 pr-4 text-soft ${indent}`}>
        {level}step{' '}
        <span className="font-mono text-[0.8125rem]">
          <Plain text={row.span} />
        </span>{' '}
        of the caller, of which there is no record here
      </li>
    );
  return (
    <li className={`grid gap-x-4 gap-y-1 py-2.5 pr-4 ${indent}`}>
      <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
        {level}
        <What of={row.span} />
        <Outcome of={row.span} />
      </span>
      <span className="text-sm text-soft tabular-nums">
        +{(row.span.startMs - first).toFixed(1)} ms, took{' '}
        {Math.max(0, row.span.endMs - row.span.startMs).toFixed(1)} ms
        {row.depth < indents.length ? '' : `, level ${row.depth + 1}`}
      </span>
    </li>
  );
}

function What({ of: { attributes, kind, name } }: { readonly of: Span }): ReactNode {
  const isBackend = kind === 'client';
  const record = textIn(attributes, isBackend ? 'bailiwick.intent' : 'bailiwick.record');
  const agent = nameIn(attributes);
  const words = isBackend
    ? `asked ${textIn(attributes, 'bailiwick.target') ?? name}`
    : agent === undefined
      ? name
      : `${agent}: ${name}`;
  if (record === undefined) return <Plain text={words} />;
  return (
    <Link
      to="/audit/$id"
      params={{ id: record }}
      className="min-w-0 underline decoration-line underline-offset-4 hover:decoration-accent"
    >
      <Plain text={words} />
    </Link>
  );
}

const effects: Readonly<Record<string, Mark>> = { done: 'good', unknown: 'care', none: 'quiet' };

function Outcome({ of: { kind, failure, events, attributes } }: { readonly of: Span }): ReactNode {
  if (kind === 'client') return <Badge mark="quiet">backend</Badge>;
  if (events.some(({ name }) => name === 'bailiwick.held'))
    return <Badge mark="care">held for a person</Badge>;
  if (failure !== undefined)
    return (
      <Badge mark="bad">
        <Plain text={failure} />
      </Badge>
    );
  const effect = textIn(attributes, 'bailiwick.effect');
  return effect === undefined ? null : <Badge mark={effects[effect] ?? 'quiet'}>{effect}</Badge>;
}

function Records({ of }: { readonly of: readonly LogRecord[] }): ReactNode {
  return (
    <Card
      title="Its records"
      aside={<span className="text-sm text-soft">{of.length}, the oldest first</span>}
    >
      <ol className="divide-y divide-line">
        {of.map((record) => {
          const { mark, word } = outcomeOf(record);
          return (
            <li key={record.id} className="grid gap-1 px-4 py-2.5">
              <span className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-soft">
                <Moment at={record.time} since={false} />
                <Badge mark={mark}>{word}</Badge>
              </span>
              <RecordLink record={record} />
            </li>
          );
        })}
      </ol>
    </Card>
  );
}
