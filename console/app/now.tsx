import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { useAsk } from './ask.ts';
import { Distance, Moment } from './moment.tsx';
import { Badge, Button, Card, code, Empty, Failed, Page, Waiting } from './parts.tsx';
import { rowsAtOnce } from './pages.tsx';
import { atLeast, usePending } from './pending.ts';
import { Plain } from './plain.tsx';
import { wordsOf } from './session.ts';
import { mayDo } from './screens.ts';
import { usePerson } from './shell.tsx';
import { NeedsYou } from './status.tsx';
import { type Releasable, ReleaseDialog } from './stop.tsx';

export function NowPage(): ReactNode {
  const { me } = usePerson();
  // An owner is told of what their agents wait for, and of nothing else of the whole.
  const isWhole = mayDo(me, 'auditor');
  return (
    <Page
      title="Now"
      lead="What waits for somebody, what is stopped, and what is not as it should be."
    >
      <Waits />
      {isWhole ? <Stops /> : null}
      {isWhole ? <NeedsYou /> : null}
    </Page>
  );
}

function Waits(): ReactNode {
  const { me } = usePerson();
  const { data, error, refetch } = usePending();
  const waiting = data?.approvals ?? [];
  const counted = atLeast(waiting.length, data?.next);
  const aside = waiting.length === 0 ? null : <Badge mark="care">{counted} waiting</Badge>;
  return (
    <Card title="Waits for you or a colleague" aside={aside}>
      {error !== null ? <Failed words={wordsOf(error)} again={() => void refetch()} /> : null}
      {error === null && data === undefined ? <Waiting /> : null}
      {data !== undefined && waiting.length === 0 ? (
        <Empty title="No call waits">
          A call that writes, or that a rule holds, stands here until somebody decides.
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
      {mayDo(me, 'auditor') ? <AlsoWaits /> : null}
      {waiting.length > 5 ? (
        <p className="border-t border-line px-4 py-3">
          <Link to="/approvals" className="text-accent underline underline-offset-4">
            All that wait
          </Link>
        </p>
      ) : null}
    </Card>
  );
}

/** What else wants somebody to look at it. */
function AlsoWaits(): ReactNode {
  const query = { state: 'open', limit: String(rowsAtOnce) };
  const changes = useAsk('GET /v1/changes', { query });
  const tools = useAsk('GET /v1/tools', { query });
  const overrides = useAsk('GET /v1/overrides', { query: { ...query, state: 'unreviewed' } });
  const given = overrides.data?.overrides.length ?? 0;
  const open = changes.data?.reviews.length ?? 0;
  const shut = tools.data?.tools.length ?? 0;
  const link = 'font-medium underline decoration-edge underline-offset-4 hover:decoration-accent';
  if (open + shut + given === 0) return null;
  return (
    <ul className="divide-y divide-line border-t border-line">
      {open === 0 ? null : (
        <li className="px-4 py-3">
          <Link to="/changes" className={link}>
            {open === 1
              ? '1 change of documents'
              : `${atLeast(open, changes.data?.next)} changes of documents`}
          </Link>{' '}
          <span className="text-sm text-soft">for a second person to look at</span>
        </li>
      )}
      {given === 0 ? null : (
        <li className="px-4 py-3">
          <Link to="/overrides" search={{ state: 'unreviewed' }} className={link}>
            {given === 1 ? '1 override' : `${atLeast(given, overrides.data?.next)} overrides`}
          </Link>{' '}
          <span className="text-sm text-soft">for somebody other than its giver to look at</span>
        </li>
      )}
      {shut === 0 ? null : (
        <li className="px-4 py-3">
          <Link to="/tools" className={link}>
            {shut === 1 ? '1 tool' : `${atLeast(shut, tools.data?.next)} tools`}
          </Link>{' '}
          <span className="text-sm text-soft">
            new or changed, and shut until somebody approves
          </span>
        </li>
      )}
    </ul>
  );
}

type Stop = AnswerOf<'GET /v1/stops'>['entries'][number];

function Stops(): ReactNode {
  const { me } = usePerson();
  const page = { query: { limit: String(rowsAtOnce) } };
  const { data, error, refetch } = useAsk('GET /v1/stops', page, { everyMs: 15_000 });
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
      {data?.next === undefined ? null : (
        <p className="border-t border-line px-4 py-3 text-sm text-soft">
          The first {rowsAtOnce}. All of them: <code className={code}>bailiwick stop list</code>
        </p>
      )}
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
