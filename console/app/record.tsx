import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useAsk } from './ask.ts';
import { Explained } from './explained.tsx';
import { Moment } from './moment.tsx';
import { Badge, Card, Facts, Failed, Page, Waiting } from './parts.tsx';
import { Plain, PlainBlock } from './plain.tsx';
import { ProofCard } from './proof-card.tsx';
import { type LogRecord, outcomeOf, sentenceOf } from './sentence.ts';
import { wordsOf } from './session.ts';
import { TraceLink, traceOf } from './trace-links.tsx';

interface CallRecord extends LogRecord {
  readonly call?: string;
  readonly task?: string;
}

export function RecordPage(): ReactNode {
  const { id } = useParams({ from: '/audit/$id' });
  const { data, error, refetch } = useAsk('GET /v1/records/{id}', { params: { id } });
  if (data === undefined) {
    return (
      <Page title="Record">
        {error === null ? (
          <Waiting />
        ) : (
          <Failed words={wordsOf(error)} again={() => void refetch()} />
        )}
      </Page>
    );
  }
  const record = data.record as unknown as CallRecord;
  const { who, did, what, why } = sentenceOf(record);
  const { mark, word } = outcomeOf(record);
  const trace = traceOf(record);
  return (
    <Page
      title={
        <>
          <Plain text={who} /> {did} <Plain text={what} />
        </>
      }
      lead={why === '' ? undefined : <Plain text={why} />}
      aside={<Badge mark={mark}>{word}</Badge>}
    >
      {isDecision(record) ? <Explained id={record.id} /> : null}
      <Card title="Where it stands">
        <Facts
          of={[
            ['Type', record.type],
            ['Time', <Moment key="time" at={record.time} />],
            ['Log', <Plain key="log" text={`${data.origin}, record ${data.index}`} />],
            [
              'Id',
              <span key="id" className="font-mono text-[0.8125rem]">
                {record.id}
              </span>,
            ],
            ...(record.call === undefined
              ? []
              : ([
                  [
                    'Call',
                    <Link
                      key="call"
                      className="text-accent underline underline-offset-4"
                      to="/audit"
                      search={{ q: `call:${record.call}` }}
                    >
                      everything of this call
                    </Link>,
                  ],
                ] as const)),
            ...(trace === undefined
              ? []
              : ([
                  [
                    'Trace',
                    <TraceLink key="trace" trace={trace}>
                      from the prompt to the backend
                    </TraceLink>,
                  ],
                ] as const)),
            ...(record.task === undefined
              ? []
              : ([
                  [
                    'Task',
                    <Link
                      key="task"
                      className="text-accent underline underline-offset-4"
                      to="/tasks/$id"
                      params={{ id: record.task }}
                    >
                      everything in this task
                    </Link>,
                  ],
                ] as const)),
          ]}
        />
      </Card>
      <ProofCard
        record={data.record}
        id={record.id}
        vkey={data.reach.find(({ origin }) => origin === data.origin)?.vkey}
      />
      <Card title="All of it">
        <div className="p-4">
          <PlainBlock label="The record as JSON" text={JSON.stringify(data.record, null, 2)} />
        </div>
      </Card>
    </Page>
  );
}

/** Of which the API tells a decision: what agents called. What people and programs do by themselves walks no gates. */
function isDecision({ type, call, decision, refusal }: CallRecord): boolean {
  if (call === undefined) return false;
  if (type === 'gateway.refused' || type === 'gateway.held') return true;
  return type.startsWith('policy.') && (decision ?? refusal) !== undefined;
}
