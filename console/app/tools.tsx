import { Link, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { useAsk } from './ask.ts';
import { Badge, Card, code, Empty, Failed, type Mark, Page, Waiting } from './parts.tsx';
import {
  Choose,
  FindBox,
  isNarrowed,
  ListHead,
  type ListSearch,
  pageOf,
  Pager,
  titleOfPage,
  useListSearch,
} from './pages.tsx';
import { atLeast } from './pending.ts';
import { Plain } from './plain.tsx';
import { Said } from './said.tsx';
import { wordsOf } from './session.ts';

export type Tool = AnswerOf<'GET /v1/tools'>['tools'][number];
type Server = AnswerOf<'GET /v1/servers'>['servers'][number];

export interface ToolsSearch extends ListSearch {
  readonly server?: string | undefined;
}

/** Beside the list of all tools. */
export const toolLists = ['open-', 'servers-'] as const;

export const toolStates: Readonly<
  Record<Tool['state'], { readonly mark: Mark; readonly word: string }>
> = {
  waiting: { mark: 'care', word: 'new, shut' },
  quarantined: { mark: 'bad', word: 'changed, shut' },
  rejected: { mark: 'quiet', word: 'rejected' },
  pinned: { mark: 'good', word: 'approved' },
  gone: { mark: 'quiet', word: 'gone' },
};

const serverStates: Readonly<
  Record<Server['state'], { readonly mark: Mark; readonly word: string }>
> = {
  up: { mark: 'good', word: 'up' },
  starting: { mark: 'care', word: 'starting' },
  waiting: { mark: 'care', word: 'waiting' },
  failed: { mark: 'bad', word: 'failed' },
  off: { mark: 'quiet', word: 'off' },
};

const link = 'font-medium underline decoration-edge underline-offset-4 hover:decoration-accent';

export function ToolsPage(): ReactNode {
  const { server } = useSearch({ from: '/tools' });
  return (
    <Page
      title={server === undefined ? 'Tools' : <Plain text={server} />}
      lead="What agents can reach. A tool that is new, or not as it was approved, stays shut until somebody has looked at it."
      aside={
        server === undefined ? (
          <Link to="/tools/gates" className="text-accent underline underline-offset-4">
            Reach and gates
          </Link>
        ) : (
          <Link to="/tools" className="text-accent underline underline-offset-4">
            All servers
          </Link>
        )
      }
    >
      <ToLookAt server={server} />
      {server === undefined ? <Servers /> : <OneServer server={server} />}
      <AllTools server={server} />
    </Page>
  );
}

function ToLookAt({ server }: { readonly server: string | undefined }): ReactNode {
  const { search } = useListSearch('open-');
  const page = pageOf(search, { server, state: 'open' });
  const asked = useAsk('GET /v1/tools', page, { everyMs: 15_000 });
  const open = asked.data?.tools ?? [];
  return (
    <Card
      title="To be looked at"
      aside={
        open.length === 0 ? null : (
          <Badge mark="care">{atLeast(open.length, asked.data?.next)} shut</Badge>
        )
      }
    >
      <State of={asked} />
      {asked.data !== undefined && open.length === 0 ? (
        <Empty title="Nothing waits for a look">
          A tool that a server shows for the first time, or shows otherwise than it was approved,
          stands here and cannot be called.
        </Empty>
      ) : null}
      <ul className="divide-y divide-line">
        {open.map((one) => (
          <li key={`${one.server}/${one.tool}`} className="grid gap-1 px-4 py-3">
            <span className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
              <ToolLink of={one} />
              <Badge mark={toolStates[one.state].mark}>{toolStates[one.state].word}</Badge>
            </span>
            {one.description === null ? null : (
              <span className="line-clamp-3 text-sm text-soft">
                <Plain text={one.description} />
              </span>
            )}
          </li>
        ))}
      </ul>
      <Pager prefix="open-" next={asked.data?.next} />
    </Card>
  );
}

function OneServer({ server }: { readonly server: string }): ReactNode {
  const asked = useAsk('GET /v1/servers/{server}', { params: { server } }, { everyMs: 15_000 });
  return (
    <Card title="Server">
      <State of={asked} />
      {asked.data === undefined ? null : (
        <ul>
          <ServerRow of={asked.data} />
        </ul>
      )}
    </Card>
  );
}

function Servers(): ReactNode {
  const { search } = useListSearch('servers-');
  const asked = useAsk('GET /v1/servers', pageOf(search), { everyMs: 15_000 });
  const told = asked.data?.servers ?? [];
  const states = Object.entries(serverStates).map(([state, { word }]) => [state, word] as const);
  return (
    <Card
      title="Servers"
      aside={
        <ListHead>
          <FindBox prefix="servers-" label="Find a server by name" hint="Name" />
          <Choose
            prefix="servers-"
            label="State of servers"
            part="state"
            of={{ '': 'Any state', ...Object.fromEntries(states) }}
          />
          <Choose
            prefix="servers-"
            label="Order of servers"
            part="sort"
            of={{ '': 'By name', state: 'What fails first' }}
          />
        </ListHead>
      }
    >
      <State of={asked} />
      {asked.data !== undefined && told.length === 0 && isNarrowed(search) ? (
        <Empty title="No server fits">None is called so and in this state.</Empty>
      ) : null}
      {asked.data !== undefined && told.length === 0 && !isNarrowed(search) ? (
        <Empty title="No tool server">
          Write a document of kind ToolServer, or begin with{' '}
          <code className={code}>bailiwick server add</code>.
        </Empty>
      ) : null}
      <ul className="divide-y divide-line">
        {told.map((one) => (
          <ServerRow key={one.server} of={one} />
        ))}
      </ul>
      <Pager prefix="servers-" next={asked.data?.next} />
    </Card>
  );
}

interface Asked {
  readonly data: unknown;
  readonly error: Error | null;
  readonly refetch: () => unknown;
}

export function State({ of: { data, error, refetch } }: { readonly of: Asked }): ReactNode {
  if (error !== null) return <Failed words={wordsOf(error)} again={() => void refetch()} />;
  return data === undefined ? <Waiting /> : null;
}

export function ToolLink({
  of: { server, tool },
}: {
  readonly of: Pick<Tool, 'server' | 'tool'>;
}): ReactNode {
  return (
    <Link to="/tools/one" search={{ server, tool }} className={`min-w-0 ${link}`}>
      <Plain text={`${server}/${tool}`} />
    </Link>
  );
}

const pins: Readonly<Record<Server['pinned'], string>> = {
  verified: 'its content is pinned',
  version: 'a version is pinned, and not its content',
  none: 'nothing is pinned: whatever is found is started',
  remote: 'elsewhere: what runs there is not ours to pin',
};

function ServerRow({ of: one }: { readonly of: Server }): ReactNode {
  const { mark, word } = serverStates[one.state];
  const { pinned, waiting, quarantined, rejected, gone } = one.tools;
  const counts = [
    `${pinned} approved`,
    ...(waiting === 0 ? [] : [`${waiting} new`]),
    ...(quarantined === 0 ? [] : [`${quarantined} changed`]),
    ...(rejected === 0 ? [] : [`${rejected} rejected`]),
    ...(gone === 0 ? [] : [`${gone} gone`]),
  ];
  return (
    <li className="grid gap-1 px-4 py-3">
      <span className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <Link to="/tools" search={{ server: one.server }} className={link}>
          <Plain text={one.server} />
        </Link>
        <span className="flex flex-wrap items-center gap-3">
          <span className="text-sm text-soft">{counts.join(', ')}</span>
          <Badge mark={mark}>{word}</Badge>
        </span>
      </span>
      <span className="font-mono text-[0.8125rem] text-soft">
        <Plain text={one.runs} />
      </span>
      <span className="text-sm text-soft">{pins[one.pinned]}</span>
      {one.why === null ? null : (
        <p className="text-sm text-red">
          <Plain text={one.why} />
        </p>
      )}
      {one.next === null ? null : (
        <p className="text-sm">
          Next: <Said text={one.next} />
        </p>
      )}
    </li>
  );
}

const namesOf = ['tool', 'tools'] as const;

function AllTools({ server }: { readonly server: string | undefined }): ReactNode {
  const { search } = useListSearch();
  const asked = useAsk('GET /v1/tools', pageOf(search, { server }), { everyMs: 15_000 });
  const found = asked.data?.tools ?? [];
  const states = Object.entries(toolStates).map(([state, { word }]) => [state, word] as const);
  const cell = 'px-4 py-2.5 align-top';
  const head = 'px-4 py-2 font-medium';
  const { next } = asked.data ?? {};
  return (
    <Card
      title={titleOfPage(found.length, namesOf, { next, cursor: search.cursor })}
      aside={
        <ListHead>
          <FindBox label="Find a tool by name" hint="Name" />
          <Choose
            label="State of tools"
            part="state"
            of={{ '': 'Any state', ...Object.fromEntries(states) }}
          />
        </ListHead>
      }
    >
      <State of={asked} />
      <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="All tools">
        <table className="w-full text-left">
          <thead className="border-b border-line text-sm text-soft">
            <tr>
              <th scope="col" className={head}>
                Tool
              </th>
              <th scope="col" className={head}>
                Effect
              </th>
              <th scope="col" className={`${head} hidden sm:table-cell`}>
                Rules
              </th>
              <th scope="col" className={`${head} hidden sm:table-cell`}>
                State
              </th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {found.map((one) => (
              <tr key={`${one.server}/${one.tool}`}>
                <td className={cell}>
                  <ToolLink of={one} />
                  <span className="mt-1 block sm:hidden">
                    <Badge mark={toolStates[one.state].mark}>{toolStates[one.state].word}</Badge>
                  </span>
                </td>
                <td className={cell}>
                  <EffectOf of={one} />
                </td>
                <td className={`${cell} hidden text-sm text-soft sm:table-cell`}>
                  {one.phase === 'enforce' ? 'enforced' : `${one.phase}: told, and not enforced`}
                </td>
                <td className={`${cell} hidden sm:table-cell`}>
                  <Badge mark={toolStates[one.state].mark}>{toolStates[one.state].word}</Badge>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {asked.data !== undefined && found.length === 0 ? (
        <Empty title={isNarrowed(search) ? 'No tool fits' : 'No tool was seen yet'}>
          {isNarrowed(search)
            ? 'None is called so and in this state.'
            : 'Tools stand here once a gateway has asked their server.'}
        </Empty>
      ) : null}
      <Pager next={next} />
      <p className="border-t border-line px-4 py-3 text-sm text-soft">
        The whole list for a program: <code className={code}>bailiwick tool list -o json</code>
      </p>
    </Card>
  );
}

export function EffectOf({ of }: { readonly of: Pick<Tool, 'effect' | 'reversible'> }): ReactNode {
  return (
    <>
      {of.effect}
      {of.effect === 'read' || of.reversible ? null : (
        <span className="block text-sm text-soft">cannot be undone</span>
      )}
    </>
  );
}
