import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { useAsk } from './ask.ts';
import { Distance } from './moment.tsx';
import { Badge, Card, code, Empty, Page } from './parts.tsx';
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
import { Plain } from './plain.tsx';
import { Either } from './either.tsx';
import { State } from './tools.tsx';

type Task = AnswerOf<'GET /v1/tasks'>['tasks'][number];

export const taskKinds: Readonly<Record<Task['kind'], string>> = {
  'implicit-agent': 'everything the agent does by itself',
  'implicit-instance': 'everything one instance does by itself',
  begun: 'begun by somebody',
  delegated: 'for a user who agreed',
};

const namesOf = ['task', 'tasks'] as const;

export function TasksPage(): ReactNode {
  const { show } = useSearch({ from: '/tasks' });
  const navigate = useNavigate();
  const isAll = show === 'all';
  const { search } = useListSearch();
  const state = isAll ? 'all' : 'open';
  const asked = useAsk('GET /v1/tasks', pageOf(search, { state }), { everyMs: 30_000 });
  const tasks = asked.data?.tasks ?? [];
  return (
    <Page
      title="Tasks"
      lead="What agents are at, and everything that happened in it. What a task has read stays with it."
      aside={
        <Either
          name="show"
          of={['Open', 'All']}
          isSecond={isAll}
          onChange={(all) => void navigate({ to: '/tasks', search: all ? { show: 'all' } : {} })}
        />
      }
    >
      <Card
        title={
          asked.data === undefined
            ? 'Tasks'
            : titleOfPage(tasks.length, namesOf, {
                next: asked.data.next,
                cursor: search.cursor,
              })
        }
        aside={
          <ListHead>
            <FindBox label="Find by agent or owner" hint="Agent or owner" />
            <Choose label="Order" part="sort" of={{ '': 'Newest first', oldest: 'Oldest first' }} />
          </ListHead>
        }
      >
        <State of={asked} />
        {asked.data !== undefined && tasks.length === 0 && isNarrowed(search) ? (
          <Empty title="No task fits">No agent of a task and no owner is called so.</Empty>
        ) : null}
        {asked.data !== undefined && tasks.length === 0 && !isNarrowed(search) ? (
          <Empty title="No task">
            Every agent has one as soon as its document is in force:{' '}
            <code className={code}>bailiwick agent add NAME</code>.
          </Empty>
        ) : null}
        <ul className="divide-y divide-line">
          {tasks.map((one) => (
            <li
              key={one.id}
              className="grid gap-x-4 gap-y-1 px-4 py-3 sm:grid-cols-[minmax(0,1fr)_auto]"
            >
              <span className="min-w-0">
                <Link
                  to="/tasks/$id"
                  params={{ id: one.id }}
                  className="font-medium underline decoration-edge underline-offset-4 hover:decoration-accent"
                >
                  <Plain text={one.agent} />
                  {one.why === null ? null : (
                    <>
                      : <Plain text={one.why} />
                    </>
                  )}
                </Link>
                <span className="block text-sm text-soft">
                  {taskKinds[one.kind]} · begun <Distance to={one.begunAt} />
                  {one.endedAt === null ? null : (
                    <>
                      {' '}
                      · ended <Distance to={one.endedAt} />
                    </>
                  )}
                </span>
              </span>
              <span className="flex flex-wrap items-start gap-2">
                <LabelsOf labels={one.labels} />
                <Badge mark={one.endedAt === null ? 'good' : 'quiet'}>
                  {one.endedAt === null ? 'open' : 'ended'}
                </Badge>
              </span>
            </li>
          ))}
        </ul>
        <Pager next={asked.data?.next} />
      </Card>
    </Page>
  );
}

export function LabelsOf({ labels }: { readonly labels: readonly string[] }): ReactNode {
  return labels.map((label) => (
    <Badge key={label} mark="care">
      <Plain text={label} />
    </Badge>
  ));
}
