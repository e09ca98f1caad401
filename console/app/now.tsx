import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { useAsk } from './ask.ts';
import { Distance, Moment } from './moment.tsx';
import { Badge, Button, Card, code, Empty, Failed, type Mark, Page, Waiting } from './parts.tsx';
import { Plain } from './plain.tsx';
import { wordsOf } from './session.ts';
import { mayDo } from './screens.ts';
import { usePerson } from './shell.tsx';
import { type Releasable, ReleaseDialog } from './stop.tsx';

export function NowPage(): ReactNode {
  return (
    <Page
      title="Now"
      lead="What waits for somebody, what is stopped, and what is not as it should be."
    >
      <Waits />
      <Stops />
      <Status />
    </Page>
  );
}

function Waits(): ReactNode {
  const { data, error, refetch } = useAsk('GET /v1/approvals', { query: { state: 'pending' } });
  const waiting = (data?.approvals ?? []).toReversed();
  const aside = waiting.length === 0 ? null : <Badge mark="care">{waiting.length} waiting</Badge>;
  return (
    <Card title="Waits for you or a colleague" aside={aside}>
      {error !== null ? <Failed words={wordsOf(error)} again={() => void refetch()} /> : null}
      {error === null && data === undefined ? <Waiting /> : null}
      {data !== undefined && waiting.length === 0 ? (
        <Empty title="All clear">
          No call waits for a person. One that writes, or that a rule holds, stands here until
          somebody decides.
        </Empty>
      ) : null}
      <ul className="divide-y divide-line">
        {waiting.slice(0, 5).map((one) => (
          <li
            key={one.id}
            className="flex flex-wrap items-center justify-between gap-x-6 gap-y-1 px-4 py-3"
          >
            <Link
              to="/approvals/$id"
              params={{ id: one.id }}
              className="font-medium underline decoration-edge underline-offset-4 hover:decoration-accent"
            >
              <Plain text={one.agent} /> wants to call <Plain text={one.target} />
            </Link>
            <span className="text-sm text-soft">
              asked <Distance to={one.requestedAt} />, is refused <Distance to={one.expiresAt} />
            </span>
          </li>
        ))}
      </ul>
      {waiting.length > 5 ? (
        <p className="border-t border-line px-4 py-3">
          <Link to="/approvals" className="text-accent underline underline-offset-4">
            All {waiting.length} that wait
          </Link>
        </p>
      ) : null}
    </Card>
  );
}

type Stop = AnswerOf<'GET /v1/stops'>['entries'][number];

function Stops(): ReactNode {
  const { me } = usePerson();
  const { data, error, refetch } = useAsk('GET /v1/stops');
  const [releasing, release] = useState<Releasable>();
  const entries = data?.entries ?? [];
  return (
    <Card title="Stopped">
      {error !== null ? <Failed words={wordsOf(error)} again={() => void refetch()} /> : null}
      {error === null && data === undefined ? <Waiting /> : null}
      {data !== undefined && entries.length === 0 ? (
        <Empty title="Nothing is stopped">
          Stop, above, stops one agent or all of them within a second.
        </Empty>
      ) : null}
      <ul className="divide-y divide-line">
        {entries.map((entry) => (
          <li key={entry.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
            <Badge mark={entry.why === 'stop' ? 'bad' : 'care'}>
              {whys[entry.why] ?? entry.why}
            </Badge>
            <span className="font-medium">
              <Plain text={targetWords(entry)} />
            </span>
            <span className="min-w-0 grow text-sm text-soft">
              by <Plain text={entry.by} />:{' '}
              <Plain text={entry.reason === '' ? 'no reason given' : entry.reason} />,{' '}
              <Distance to={entry.at} />
            </span>
            {entry.why === 'stop' && mayDo(me, 'admin') ? (
              <Button onClick={() => release(releasable(entry))}>Release…</Button>
            ) : null}
          </li>
        ))}
      </ul>
      {releasing === undefined ? null : (
        <ReleaseDialog of={releasing} onClose={() => release(undefined)} />
      )}
    </Card>
  );
}

const whys: Readonly<Record<string, string>> = {
  stop: 'stopped',
  suspend: 'suspended',
  revoke: 'revoked',
};

function releasable({ target }: Stop): Releasable {
  const { kind, name, agent, instance, tenant } = target as Readonly<
    Record<string, string | undefined>
  >;
  return { kind: kind ?? '', name: name ?? agent ?? instance ?? tenant ?? '' };
}

function targetWords(entry: Stop): string {
  const { kind, name } = releasable(entry);
  return kind === 'all'
    ? 'everything'
    : kind === 'tenant'
      ? `every agent of ${name}`
      : `${kind} ${name}`;
}

interface Item {
  readonly item: string;
  readonly state: string;
  readonly why: string;
}

const states: Readonly<
  Record<string, { readonly mark: Mark; readonly word: string; readonly rank: number }>
> = {
  red: { mark: 'bad', word: 'act', rank: 0 },
  amber: { mark: 'care', word: 'look', rank: 1 },
  green: { mark: 'good', word: 'good', rank: 3 },
  later: { mark: 'quiet', word: 'later', rank: 2 },
};

/** What an evaluation goes without, told apart from what is broken. */
const beforeProduction = new Set([
  'keys',
  'witness',
  'user id',
  'second person',
  'people',
  'pins',
  'runtime',
  'archive',
  'owners',
]);

function Status(): ReactNode {
  const { data, error, refetch, dataUpdatedAt } = useAsk('GET /v1/status', undefined, {
    everyMs: 30_000,
  });
  const items = ((data?.['readiness'] ?? []) as readonly Item[]).toSorted(
    (a, b) => (states[a.state]?.rank ?? 2) - (states[b.state]?.rank ?? 2),
  );
  const isLater = ({ item }: Item) => beforeProduction.has(item);
  const toDo = items.filter((one) => one.state !== 'green' && !isLater(one));
  const later = items.filter((one) => one.state !== 'green' && isLater(one));
  const good = items.filter(({ state }) => state === 'green');
  return (
    <Card
      title="Readiness"
      aside={
        dataUpdatedAt === 0 ? null : (
          <span className="text-sm text-soft">
            read <Moment at={new Date(dataUpdatedAt).toISOString()} since={false} />
          </span>
        )
      }
    >
      {error !== null ? <Failed words={wordsOf(error)} again={() => void refetch()} /> : null}
      {error === null && data === undefined ? <Waiting /> : null}
      {data !== undefined && toDo.length === 0 ? (
        <p className="flex items-center gap-3 px-4 py-3">
          <Badge mark="good">works</Badge> Nothing is broken.
        </p>
      ) : null}
      <ul className="divide-y divide-line">
        {toDo.map((item) => (
          <Row key={item.item} {...item} />
        ))}
      </ul>
      {later.length === 0 ? null : (
        <Group name={`${later.length} before production: this runs as an evaluation`} isOpen>
          {later.map((item) => (
            <Row key={item.item} {...item} state="later" />
          ))}
        </Group>
      )}
      {good.length === 0 ? null : (
        <Group name={`${good.length} are as they should be`}>
          {good.map((item) => (
            <Row key={item.item} {...item} />
          ))}
        </Group>
      )}
    </Card>
  );
}

function Group({
  name,
  isOpen = false,
  children,
}: {
  readonly name: string;
  readonly isOpen?: boolean;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <details className="border-t border-line" open={isOpen}>
      <summary className="cursor-pointer px-4 py-3 text-sm font-medium">{name}</summary>
      <ul className="divide-y divide-line border-t border-line">{children}</ul>
    </details>
  );
}

function Row({ item, state, why }: Item): ReactNode {
  const { mark, word } = states[state] ?? { mark: 'quiet' as const, word: state };
  return (
    <li className="grid gap-x-4 gap-y-1 px-4 py-3 sm:grid-cols-[4.5rem_9rem_minmax(0,1fr)]">
      <span>
        <Badge mark={mark}>{word}</Badge>
      </span>
      <span className="font-medium">{item}</span>
      <span className="text-soft">
        <Sentence text={why} />
      </span>
    </li>
  );
}

/** Between backquotes stands what is typed. */
function Sentence({ text }: { readonly text: string }): ReactNode {
  return text.split('`').map((part, at) =>
    at % 2 === 0 ? (
      <Plain key={at} text={part} />
    ) : (
      <code key={at} className={`${code} text-ink`}>
        <Plain text={part} />
      </code>
    ),
  );
}
