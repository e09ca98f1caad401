import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useAsk } from './ask.ts';
import { Moment } from './moment.tsx';
import { Badge, Button, Card, code, Empty, Failed, Field, input, Page, Waiting } from './parts.tsx';
import { Plain } from './plain.tsx';
import { type LogRecord, outcomeOf, sentenceOf } from './sentence.ts';
import { without } from './search.ts';
import { wordsOf } from './session.ts';

export interface AuditSearch {
  readonly q?: string | undefined;
  readonly view?: string | undefined;
  readonly cursor?: string | undefined;
}

export function AuditPage(): ReactNode {
  const search = useSearch({ from: '/audit' });
  const { q = '', view, cursor } = search;
  const isPlain = q === '' && view === undefined;
  const asked = isPlain ? 'is:action' : q;
  const query = without({ q: asked, limit: '50', view, cursor });
  const { data, error, refetch } = useAsk('GET /v1/audit/records', { query });
  const records = data?.records ?? [];
  return (
    <Page
      title="Audit"
      lead="What happened, by whom, and what became of it. Nothing here can be changed."
    >
      <Question key={`${q} ${view}`} search={search} />
      <Card
        title={cursor === undefined ? 'The newest first' : 'Older'}
        aside={<Button onClick={() => void refetch()}>Read again</Button>}
      >
        {error !== null ? <Failed words={wordsOf(error)} again={() => void refetch()} /> : null}
        {error === null && data === undefined ? <Waiting /> : null}
        {data !== undefined && records.length === 0 ? <Nothing isPlain={isPlain} /> : null}
        <ol className="divide-y divide-line">
          {records.map(({ record }) => (
            <Row
              key={(record as unknown as LogRecord).id}
              record={record as unknown as LogRecord}
            />
          ))}
        </ol>
        {data?.next === undefined ? null : (
          <p className="border-t border-line px-4 py-3">
            <Link
              to="/audit"
              search={{ ...search, cursor: data.next }}
              className="text-accent underline underline-offset-4"
            >
              Older records
            </Link>
          </p>
        )}
      </Card>
      {data === undefined ? null : <ByCommand asked={data.asked} unreadable={data.unreadable} />}
    </Page>
  );
}

function Nothing({ isPlain }: { readonly isPlain: boolean }): ReactNode {
  if (isPlain) {
    return (
      <Empty title="Nothing has happened yet">
        The first call of an agent stands here within a second.
      </Empty>
    );
  }
  return (
    <Empty title="Nothing fits this question">
      <Link to="/audit" className="text-accent underline underline-offset-4">
        Ask for everything
      </Link>{' '}
      to see whether something is there at all.
    </Empty>
  );
}

function ByCommand({
  asked,
  unreadable,
}: {
  readonly asked: string;
  readonly unreadable: number;
}): ReactNode {
  return (
    <p className="text-sm text-soft">
      The same by command:{' '}
      <code className={code}>
        bailiwick audit query '<Plain text={asked} />'
      </code>
      {unreadable > 0 ? ` · ${unreadable} records cannot be read` : ''}
    </p>
  );
}

function Question({ search }: { readonly search: AuditSearch }): ReactNode {
  const navigate = useNavigate();
  const views = useAsk('GET /v1/audit/views');
  const [text, setText] = useState(search.q ?? '');
  const given = views.data?.views ?? [];
  return (
    <div className="grid gap-3">
      <form
        role="search"
        className="flex flex-wrap items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          void navigate({
            to: '/audit',
            search: {
              ...(text === '' ? {} : { q: text }),
              ...(search.view === undefined ? {} : { view: search.view }),
            },
          });
        }}
      >
        <div className="min-w-0 grow basis-64">
          <Field
            label="Question"
            hint="agent: user: tool: outcome: subject: since:7d -word, or any word"
          >
            {(id, described) => (
              <input
                id={id}
                aria-describedby={described}
                className={`${input} font-mono text-sm`}
                placeholder="outcome:refused since:7d"
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
            )}
          </Field>
        </div>
        <Button type="submit" tone="accent" className="mb-6">
          Ask
        </Button>
      </form>
      <nav aria-label="Questions with a name" className="flex flex-wrap gap-2">
        {given
          .filter(({ needs }) => needs === undefined)
          .map(({ name, shows }) => (
            <Link
              key={name}
              to="/audit"
              search={search.view === name ? {} : { view: name }}
              title={shows}
              aria-current={search.view === name ? 'true' : undefined}
              className={`rounded-full border px-3 py-1 text-sm ${search.view === name ? 'border-accent bg-tint font-semibold text-accent' : 'border-edge bg-surface hover:bg-sunk'}`}
            >
              {name.replaceAll('-', ' ')}
            </Link>
          ))}
      </nav>
    </div>
  );
}

function Row({ record }: { readonly record: LogRecord }): ReactNode {
  const { who, did, what, why } = sentenceOf(record);
  const { mark, word } = outcomeOf(record);
  return (
    <li className="grid gap-x-4 gap-y-1 px-4 py-3 sm:grid-cols-[11.5rem_minmax(0,1fr)_auto]">
      <span className="text-sm text-soft">
        <Moment at={record.time} since={false} />
      </span>
      <Link
        to="/audit/$id"
        params={{ id: record.id }}
        className="min-w-0 underline decoration-line underline-offset-4 hover:decoration-accent"
      >
        <span className="font-medium">
          <Plain text={who} />
        </span>{' '}
        {did}
        {what === '' ? null : (
          <span className="font-medium">
            {' '}
            <Plain text={what} />
          </span>
        )}
        {why === '' ? null : (
          <span className="text-soft">
            : <Plain text={why} />
          </span>
        )}
      </Link>
      <span>
        <Badge mark={mark}>{word}</Badge>
      </span>
    </li>
  );
}
