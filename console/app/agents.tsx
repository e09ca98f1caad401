import { Link, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
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
import {
  Choose,
  FindBox,
  isNarrowed,
  ListHead,
  pageOf,
  Pager,
  titleOfPage,
  useListSearch,
} from './pages.tsx';
import { State } from './tools.tsx';
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
  return agent === undefined ? <AllAgents /> : <OneAgent name={agent} />;
}

function OneAgent({ name }: { readonly name: string }): ReactNode {
  const { data, error, refetch } = useAsk('GET /v1/agents/{agent}', { params: { agent: name } });
  return (
    <Page
      title={<Plain text={name} />}
      lead="One agent: who answers for it, and by which keys it acts."
      aside={
        <Link to="/agents" className="text-accent underline underline-offset-4">
          All agents
        </Link>
      }
    >
      {error !== null ? <Failed words={wordsOf(error)} again={() => void refetch()} /> : null}
      {error === null && data === undefined ? <Waiting /> : null}
      {data === undefined ? null : (
        <>
          <AgentCard agent={data} />
          <AgentMore agent={data} />
        </>
      )}
    </Page>
  );
}

const namesOf = ['agent', 'agents'] as const;

function AllAgents(): ReactNode {
  const { search } = useListSearch();
  const asked = useAsk('GET /v1/agents', pageOf(search));
  const agents = asked.data?.agents ?? [];
  const { cursor } = search;
  return (
    <Page title="Agents" lead="Who acts here, who answers for it, and by which keys.">
      <Card
        title={
          asked.data === undefined
            ? 'Agents'
            : titleOfPage(agents.length, namesOf, { next: asked.data.next, cursor })
        }
        aside={
          <ListHead>
            <FindBox label="Find by name, owner or purpose" hint="Name, owner or purpose" />
            <Choose
              label="State"
              part="state"
              of={{ '': 'Any state', active: 'Active', suspended: 'Suspended', stopped: 'Stopped' }}
            />
            <Choose
              label="Order"
              part="sort"
              of={{ '': 'By name', owner: 'By owner', state: 'By state', review: 'By review' }}
            />
          </ListHead>
        }
      >
        <State of={asked} />
        {asked.data !== undefined && agents.length === 0 ? (
          <NoAgents isNarrowed={isNarrowed(search)} />
        ) : null}
        <List of={agents} />
        <Pager next={asked.data?.next} />
      </Card>
    </Page>
  );
}

function NoAgents({ isNarrowed: fits }: { readonly isNarrowed: boolean }): ReactNode {
  if (fits) {
    return (
      <Empty title="No agent fits">
        None is called so, has such an owner or purpose, and is in this state.
      </Empty>
    );
  }
  return (
    <Empty title="No agent is registered">
      Write a document of kind Agent, or begin with{' '}
      <code className={code}>bailiwick agent add NAME</code>.
    </Empty>
  );
}

function List({ of }: { readonly of: readonly Agent[] }): ReactNode {
  return (
    <ul className="divide-y divide-line">
      {of.map((one) => (
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
