import { Link, useSearch } from '@tanstack/react-router';
import { Fragment, type ReactNode, useState } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { AgentMore, countsOf } from './agent-more.tsx';
import { useAsk } from './ask.ts';
import { Distance, Moment } from './moment.tsx';
import {
  Badge,
  Button,
  Card,
  code,
  Empty,
  Facts,
  Failed,
  type Mark,
  Page,
  Waiting,
} from './parts.tsx';
import { Plain } from './plain.tsx';
import { wordsOf } from './session.ts';
import { mayStop } from './screens.ts';
import { usePageAgent } from './page-agent.ts';
import { usePerson } from './shell.tsx';

type Agent = AnswerOf<'GET /v1/agents'>['agents'][number];

const marks: Readonly<Record<Agent['state'], Mark>> = {
  active: 'good',
  suspended: 'care',
  stopped: 'bad',
};

export function AgentsPage(): ReactNode {
  const { agent } = useSearch({ from: '/agents' });
  const { data, error, refetch } = useAsk('GET /v1/agents');
  const agents = data?.agents ?? [];
  const shown = agents.filter(({ name }) => agent === undefined || name === agent);
  return (
    <Page
      title={agent === undefined ? 'Agents' : <Plain text={agent} />}
      lead={
        agent === undefined
          ? 'Who acts here, who answers for it, and by which keys.'
          : 'One agent: who answers for it, and by which keys it acts.'
      }
      aside={
        agent === undefined ? null : (
          <Link to="/agents" className="text-accent underline underline-offset-4">
            All agents
          </Link>
        )
      }
    >
      {error !== null ? <Failed words={wordsOf(error)} again={() => void refetch()} /> : null}
      {error === null && data === undefined ? <Waiting /> : null}
      {data !== undefined && shown.length === 0 ? (
        <Card title="No agents">
          <Empty title={agent === undefined ? 'No agent is registered' : 'No agent is called so'}>
            Write a document of kind Agent, or begin with{' '}
            <code className={code}>bailiwick agent add NAME</code>.
          </Empty>
        </Card>
      ) : null}
      {agent === undefined ? (
        <List of={shown} />
      ) : (
        shown.map((one) => (
          <Fragment key={one.name}>
            <AgentCard agent={one} />
            <AgentMore agent={one} />
          </Fragment>
        ))
      )}
    </Page>
  );
}

const shownAtOnce = 100;

function List({ of }: { readonly of: readonly Agent[] }): ReactNode {
  const [text, setText] = useState('');
  const found = of.filter(({ name, owner }) =>
    `${name} ${owner}`.toLowerCase().includes(text.toLowerCase()),
  );
  if (of.length === 0) return null;
  return (
    <Card
      title={
        found.length > shownAtOnce
          ? `The first ${shownAtOnce} of ${found.length}`
          : `${found.length} agents`
      }
      aside={
        <input
          className="min-h-9 w-full rounded-md border border-edge bg-surface px-3 text-sm sm:w-60"
          aria-label="Find by name or owner"
          placeholder="Name or owner"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      }
    >
      <ul className="divide-y divide-line">
        {found.slice(0, shownAtOnce).map((one) => (
          <li
            key={one.name}
            className="grid items-center gap-x-4 gap-y-1 px-4 py-3 sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto]"
          >
            <span className="min-w-0">
              <Link
                to="/agents"
                search={{ agent: one.name }}
                className="font-medium underline decoration-edge underline-offset-4 hover:decoration-accent"
              >
                <Plain text={one.name} />
              </Link>
              <span className="block text-sm text-soft">
                <Plain text={one.purpose} />
              </span>
            </span>
            <span className="min-w-0 text-sm text-soft">
              <Plain text={one.owner} /> · {one.environment}
              <span className="block">{countsOf(one.lists)}</span>
            </span>
            <span>
              <Badge mark={marks[one.state]}>{one.state}</Badge>
            </span>
          </li>
        ))}
      </ul>
      {found.length === 0 ? (
        <Empty title="No agent fits">Nobody is called so, and nobody of that name owns one.</Empty>
      ) : null}
    </Card>
  );
}

function AgentCard({ agent }: { readonly agent: Agent }): ReactNode {
  const { me, stop } = usePerson();
  usePageAgent(agent.name);
  const live = agent.instances.filter(({ revokedAt }) => revokedAt === null);
  const newest = live
    .map(({ enrolledAt }) => enrolledAt)
    .toSorted()
    .at(-1);
  return (
    <Card
      title={agent.name}
      aside={
        <span className="flex items-center gap-3">
          <Badge mark={marks[agent.state]}>{agent.state}</Badge>
          {mayStop(me) && agent.state !== 'stopped' ? (
            <Button tone="danger" onClick={() => stop({ agent: agent.name })}>
              Stop…
            </Button>
          ) : null}
        </span>
      }
    >
      <Facts
        of={[
          ['Owner', <Plain key="owner" text={agent.owner} />],
          ['For', <Plain key="purpose" text={agent.purpose} />],
          [
            'May',
            <>
              <Plain text={agent.manifest} />, in <Plain text={agent.environment} />
            </>,
          ],
          [
            'Review',
            agent.review === null ? (
              'none is asked for'
            ) : (
              <>
                <Badge mark={agent.review.state === 'due' ? 'care' : 'quiet'}>
                  {agent.review.state}
                </Badge>{' '}
                <Moment at={agent.review.due} />
              </>
            ),
          ],
          [
            'Keys',
            live.length === 0 ? (
              'no instance is enrolled'
            ) : (
              <>
                {live.length} in use, the newest <Distance to={newest ?? ''} />
              </>
            ),
          ],
          ...(agent.unbound.some(({ revokedAt }) => revokedAt === null)
            ? ([
                [
                  'Bearers',
                  <Badge key="b" mark="care">
                    acts by tokens that no key binds
                  </Badge>,
                ],
              ] as const)
            : []),
          [
            'Records',
            <Link
              key="log"
              to="/audit"
              search={{ q: `agent:${agent.name}` }}
              className="text-accent underline underline-offset-4"
            >
              what it did
            </Link>,
          ],
        ]}
      />
    </Card>
  );
}
