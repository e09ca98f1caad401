import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { allPages } from './all-pages.ts';
import { useAsk } from './ask.ts';
import { FindBy } from './find-by.tsx';
import { Moment } from './moment.tsx';
import { Badge, Button, Card, code, Empty, Page } from './parts.tsx';
import { Plain } from './plain.tsx';
import { saveAs } from './save.ts';
import { without } from './search.ts';
import { type LogRecord, outcomeOf, sentenceOf } from './sentence.ts';
import { api } from './session.ts';
import { State } from './tools.tsx';
import { TakeAway } from './take-away.tsx';

export interface BrokerSearch {
  readonly agent?: string | undefined;
  readonly scope?: string | undefined;
  readonly cursor?: string | undefined;
}

interface LentRecord extends LogRecord {
  readonly lease?: readonly {
    readonly id: string;
    readonly secret: string;
    readonly scope: string;
    readonly bound: string;
  }[];
}

const view = 'broker-24h';
const mostTaken = 5_000;
const pageOfTaken = 200;

/** A day of what was stored, lent and taken out: by whom, for what. Values are nowhere in it. */
export function BrokerPage(): ReactNode {
  const { agent, scope, cursor } = useSearch({ from: '/credentials' });
  const navigate = useNavigate();
  const q = questionOf({ agent, scope });
  const asked = useAsk('GET /v1/audit/records', {
    query: without({ view, q, limit: 50, cursor }),
  });
  const records = (asked.data?.records ?? []).map(({ record }) => record as unknown as LentRecord);
  return (
    <Page
      title="Credentials"
      lead="What the broker stored, lent and took out in the last 24 hours. An agent never holds a value; it is lent to one call, and is nowhere in what stands here."
    >
      <Sums q={q} agent={agent} />
      <Card
        title={cursor === undefined ? 'The newest first' : 'Older'}
        aside={
          <>
            <TakeAway word="Take it away with proofs" run={() => takeAway(q)} />
            <Button onClick={() => void asked.refetch()}>Read again</Button>
          </>
        }
      >
        <FindBy
          key={`${agent} ${scope}`}
          names={{ agent: 'Agent', scope: 'Credential' }}
          given={{ agent, scope }}
          onFind={(found) => void navigate({ to: '/credentials', search: found })}
        />
        <State of={asked} />
        {asked.data !== undefined && records.length === 0 ? (
          <Empty
            title={q === '' ? 'Nothing was lent in 24 hours' : 'Nothing fits in the last 24 hours'}
          >
            {q === ''
              ? 'What a tool server needs is lent to a call that was allowed, and stands here within a second.'
              : 'Ask for less, or for what was before in the audit screen.'}
          </Empty>
        ) : null}
        <ol className="divide-y divide-line">
          {records.map((record) => (
            <LentRow key={record.id} of={record} />
          ))}
        </ol>
        {asked.data?.next === undefined ? null : (
          <p className="border-t border-line px-4 py-3">
            <Link
              to="/credentials"
              search={without({ agent, scope, cursor: asked.data.next })}
              className="text-accent underline underline-offset-4"
            >
              Older
            </Link>
          </p>
        )}
      </Card>
      <p className="text-sm text-soft">
        The same by command:{' '}
        <code className={code}>
          bailiwick audit query <Plain text={q === '' ? '' : `'${q}'`} /> --view {view}
        </code>
        {asked.data !== undefined && asked.data.unreadable > 0
          ? ` · ${asked.data.unreadable} records cannot be read`
          : ''}
      </p>
    </Page>
  );
}

/** A name stands between quotes: what is typed there is a name and no other question. */
const named = (field: string, value: string | undefined) =>
  value === undefined ? [] : [`${field}:"${value.replaceAll(/["\\]/g, '')}"`];

function questionOf({ agent, scope }: BrokerSearch): string {
  return [...named('agent', agent), ...named('secret', scope)].join(' ');
}

type Counts = AnswerOf<'GET /v1/audit/counts'>;

/** Who was lent what, and how often: each line narrows what stands below. */
function Sums({
  q,
  agent: only,
}: {
  readonly q: string;
  readonly agent: string | undefined;
}): ReactNode {
  const asked = useAsk('GET /v1/audit/counts', {
    query: without({ view, q, by: 'agent,secret' }),
  });
  const lines = sumsOf(asked.data, only);
  return (
    <Card title="By agent and credential">
      <State of={asked} />
      {asked.data !== undefined && lines.length === 0 ? (
        <p className="px-4 py-4 text-soft">No agent was lent anything.</p>
      ) : null}
      <ul className="divide-y divide-line">
        {lines.map(({ agent, secret, count }) => (
          <li
            key={`${agent} ${secret}`}
            className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 px-4 py-2.5"
          >
            <Link
              to="/credentials"
              search={{ agent, scope: secret }}
              className="min-w-0 underline decoration-edge underline-offset-4 hover:decoration-accent"
            >
              <Plain text={agent} /> was lent <Plain text={secret} />
            </Link>
            <span className="text-sm text-soft tabular-nums">
              {count === 1 ? 'once' : `${count} times`}
            </span>
          </li>
        ))}
      </ul>
      {asked.data?.next === undefined ? null : (
        <p className="border-t border-line px-4 py-3 text-sm text-soft">
          Counted in the first {asked.data.records} records; there are more.
        </p>
      )}
    </Card>
  );
}

interface Sum {
  readonly agent: string;
  readonly secret: string;
  readonly count: number;
}

const mostLines = 50;

/** Groups of one page of the log and of the next are told apart, and belong together. */
function sumsOf(told: Counts | undefined, only: string | undefined): readonly Sum[] {
  const sums = new Map<string, Sum>();
  for (const { values, count } of told?.groups ?? []) {
    const [agent, secret] = values;
    if (agent == null || secret == null || (only !== undefined && agent !== only)) continue;
    const key = JSON.stringify([agent, secret]);
    sums.set(key, { agent, secret, count: (sums.get(key)?.count ?? 0) + count });
  }
  return [...sums.values()].toSorted((a, b) => b.count - a.count).slice(0, mostLines);
}

function LentRow({ of: record }: { readonly of: LentRecord }): ReactNode {
  const { who, did, what } = sentenceOf(record);
  const { mark, word } = outcomeOf(record);
  const lent = record.lease ?? [];
  return (
    <li className="grid gap-x-4 gap-y-1 px-4 py-3 sm:grid-cols-[11.5rem_minmax(0,1fr)_auto]">
      <span className="text-sm text-soft">
        <Moment at={record.time} since={false} />
      </span>
      <span className="min-w-0">
        <Link
          to="/audit/$id"
          params={{ id: record.id }}
          className="underline decoration-line underline-offset-4 hover:decoration-accent"
        >
          <Plain text={who} /> {did} <Plain text={what} />
        </Link>
        {lent.map(({ id, secret, scope, bound }) => (
          <span key={id} className="block text-sm text-soft">
            lent <Plain text={secret} />, for <Plain text={scope} />,{' '}
            {bound === 'call' ? 'for this call alone' : 'for as long as its process runs'}
          </span>
        ))}
      </span>
      <span>
        <Badge mark={mark}>{word}</Badge>
      </span>
    </li>
  );
}

/** Exactly what the filter on the screen says, each record with its leaf, as lines. */
async function takeAway(q: string): Promise<string> {
  const { rows, isWhole } = await allPages(mostTaken, async (cursor) => {
    const query = without({ view, q, limit: String(pageOfTaken), cursor });
    const told = await api.ask('GET /v1/audit/export', { query });
    return { rows: told.entries, next: told.next };
  });
  const lines = rows.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  saveAs('broker-24h.jsonl', lines, 'application/x-ndjson');
  return isWhole
    ? `${rows.length} records`
    : `the first ${rows.length} records; all of it by \`bailiwick audit export --view ${view}\``;
}
