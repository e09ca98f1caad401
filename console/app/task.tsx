import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { useAsk } from './ask.ts';
import { Moment } from './moment.tsx';
import { Badge, Card, Empty, Facts, Page } from './parts.tsx';
import { Plain } from './plain.tsx';
import { mayDo } from './screens.ts';
import { type LogRecord, outcomeOf, sentenceOf } from './sentence.ts';
import { usePageAgent } from './page-agent.ts';
import { usePerson } from './shell.tsx';
import { LabelsOf, taskKinds } from './tasks.tsx';
import { RecordLink } from './record-link.tsx';
import { State } from './tools.tsx';
import { TracesOf } from './trace-links.tsx';

type One = AnswerOf<'GET /v1/tasks/{id}'>;

export function TaskPage(): ReactNode {
  const { me } = usePerson();
  const { id } = useParams({ from: '/tasks/$id' });
  const asked = useAsk('GET /v1/tasks/{id}', { params: { id } });
  const one = asked.data;
  usePageAgent(one?.agent);
  return (
    <Page
      title={one === undefined ? 'Task' : <Plain text={one.why ?? `What ${one.agent} does`} />}
      lead={one === undefined ? undefined : taskKinds[one.kind]}
      aside={
        one === undefined ? null : (
          <span className="flex flex-wrap items-center gap-2">
            <LabelsOf labels={one.labels} />
            <Badge mark={one.endedAt === null ? 'good' : 'quiet'}>
              {one.endedAt === null ? 'open' : 'ended'}
            </Badge>
          </span>
        )
      }
    >
      <State of={asked} />
      {one === undefined ? null : <About one={one} />}
      {mayDo(me, 'auditor') ? <Story id={id} /> : null}
    </Page>
  );
}

function About({ one }: { readonly one: One }): ReactNode {
  return (
    <Card title="Whose it is">
      <Facts
        of={[
          [
            'Agent',
            <Link
              key="agent"
              to="/agents"
              search={{ agent: one.agent }}
              className="text-accent underline underline-offset-4"
            >
              <Plain text={one.agent} />
            </Link>,
          ],
          ['Owner', <Plain key="owner" text={one.owner} />],
          ['Begun', <Moment key="at" at={one.begunAt} />],
          ...(one.begunBy === null
            ? []
            : ([['By', <Plain key="by" text={one.begunBy} />]] as const)),
          ...(one.until === null
            ? []
            : ([['Until', <Moment key="until" at={one.until} />]] as const)),
          ...(one.endedAt === null
            ? []
            : ([
                [
                  'Ended',
                  <>
                    <Moment at={one.endedAt} /> by <Plain text={one.endedBy ?? 'somebody'} />:{' '}
                    <Plain text={one.reason ?? 'no reason given'} />
                  </>,
                ],
              ] as const)),
          ...(one.intent === null
            ? []
            : ([
                ['Wanted', 'in the words of whoever wanted it; they are sealed beside its record'],
              ] as const)),
          ...one.amounts.map(
            ({ what, used, atMost }) => [what, `${used} of at most ${atMost}`] as const,
          ),
          ...one.raised.map(
            ({ label, source }, at) =>
              [
                at === 0 ? 'Carries' : `and (${at + 1})`,
                <>
                  <Plain text={label} />, since <Plain text={source} />
                </>,
              ] as const,
          ),
        ]}
      />
    </Card>
  );
}

/** Everything on record of it, in its order; hours without anything are told. */
function Story({ id }: { readonly id: string }): ReactNode {
  const asked = useAsk('GET /v1/audit/tasks/{task}', { params: { task: id } });
  const records = (asked.data?.records ?? []).map(({ record }) => record as unknown as LogRecord);
  return (
    <Card
      title="Its story"
      aside={<span className="text-sm text-soft">{records.length} records, the oldest first</span>}
    >
      <State of={asked} />
      {asked.data !== undefined && records.length === 0 ? (
        <Empty title="Nothing happened in it yet">
          The first call of its agent stands here within a second.
        </Empty>
      ) : null}
      <TracesOf records={records} />
      <ol className="px-4 py-4">
        {runsOf(records).map((run) => (
          <Event key={run[0].id} run={run} before={records[records.indexOf(run[0]) - 1]} />
        ))}
      </ol>
      {asked.data?.cut === true ? (
        <p className="border-t border-line px-4 py-3 text-sm">
          There is more of it.{' '}
          <Link
            to="/audit"
            search={{ q: `task:${id}` }}
            className="text-accent underline underline-offset-4"
          >
            All its records, the newest first
          </Link>
        </p>
      ) : null}
    </Card>
  );
}

type Run = readonly [LogRecord, ...LogRecord[]];

const saidOf = (record: LogRecord) => JSON.stringify([sentenceOf(record), outcomeOf(record)]);

/** What says the same one after another is told once. */
function runsOf(records: readonly LogRecord[]): readonly Run[] {
  const runs: [LogRecord, ...LogRecord[]][] = [];
  for (const record of records) {
    const last = runs.at(-1);
    if (last !== undefined && saidOf(last[0]) === saidOf(record)) last.push(record);
    else runs.push([record]);
  }
  return runs;
}

const quietMs = 3_600_000;

function Event({
  run,
  before,
}: {
  readonly run: Run;
  readonly before: LogRecord | undefined;
}): ReactNode {
  const [record] = run;
  const { mark, word } = outcomeOf(record);
  const quiet = before === undefined ? 0 : Date.parse(record.time) - Date.parse(before.time);
  return (
    <li className="relative border-l-2 border-line pb-4 pl-5 last:pb-0">
      <span aria-hidden="true" className="absolute top-2 -left-[5px] size-2 rounded-full bg-edge" />
      {quiet < quietMs ? null : (
        <p className="pb-3 text-sm text-soft">{Math.floor(quiet / quietMs)} h without anything</p>
      )}
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-soft">
        <Moment at={record.time} since={false} />
        <Badge mark={mark}>{word}</Badge>
      </p>
      <RecordLink record={record} />
      {run.length === 1 ? null : (
        <details>
          <summary className="cursor-pointer text-sm text-soft">
            and {run.length - 1} more of the same
          </summary>
          <ol className="grid gap-1 pt-1">
            {run.slice(1).map((one) => (
              <li key={one.id} className="text-sm">
                <Link
                  to="/audit/$id"
                  params={{ id: one.id }}
                  className="underline decoration-line underline-offset-4 hover:decoration-accent"
                >
                  <Moment at={one.time} since={false} />
                </Link>
              </li>
            ))}
          </ol>
        </details>
      )}
    </li>
  );
}
