import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { useAsk } from './ask.ts';
import { Badge, Card, code, Empty, Failed, type Mark, Page, Waiting } from './parts.tsx';
import { Plain } from './plain.tsx';
import { Said } from './said.tsx';
import { wordsOf } from './session.ts';

export type Tool = AnswerOf<'GET /v1/tools'>['tools'][number];
type Server = AnswerOf<'GET /v1/servers'>['servers'][number];

export interface ToolsSearch {
  readonly server?: string | undefined;
  readonly find?: string | undefined;
}

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
  const servers = useAsk('GET /v1/servers', undefined, { everyMs: 15_000 });
  const tools = useAsk('GET /v1/tools', undefined, { everyMs: 15_000 });
  const all = (tools.data?.tools ?? []).filter(
    (one) => server === undefined || one.server === server,
  );
  const open = all.filter(({ state }) => state === 'waiting' || state === 'quarantined');
  const told = servers.data?.servers.filter((one) => server === undefined || one.server === server);
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
      <Card
        title="To be looked at"
        aside={open.length === 0 ? null : <Badge mark="care">{open.length} shut</Badge>}
      >
        <State of={tools} />
        {tools.data !== undefined && open.length === 0 ? (
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
      </Card>
      <Card title="Servers">
        <State of={servers} />
        {told?.length === 0 ? (
          <Empty title="No tool server">
            Write a document of kind ToolServer, or begin with{' '}
            <code className={code}>bailiwick server add</code>.
          </Empty>
        ) : null}
        <ul className="divide-y divide-line">
          {(told ?? []).map((one) => (
            <ServerRow key={one.server} of={one} />
          ))}
        </ul>
      </Card>
      {all.length === 0 ? null : <AllTools key={server} of={all} />}
    </Page>
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

const shownAtOnce = 100;

function AllTools({ of }: { readonly of: readonly Tool[] }): ReactNode {
  const { server, find = '' } = useSearch({ from: '/tools' });
  const navigate = useNavigate();
  const [text, setText] = useState(find);
  const wanted = text.trim().toLowerCase();
  const found = of.filter(({ server: at, tool, effect, state }) =>
    `${at}/${tool} ${effect} ${toolStates[state].word}`.toLowerCase().includes(wanted),
  );
  const cell = 'px-4 py-2.5 align-top';
  const head = 'px-4 py-2 font-medium';
  return (
    <Card
      title={
        found.length > shownAtOnce
          ? `The first ${shownAtOnce} of ${found.length}`
          : `${found.length} tools`
      }
      aside={
        <input
          className="min-h-9 w-full rounded-md border border-edge bg-surface px-3 text-sm sm:w-60"
          aria-label="Find by name, effect or state"
          placeholder="Name, effect or state"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            void navigate({
              to: '/tools',
              replace: true,
              search: {
                ...(server === undefined ? {} : { server }),
                ...(event.target.value === '' ? {} : { find: event.target.value }),
              },
            });
          }}
        />
      }
    >
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
            {found.slice(0, shownAtOnce).map((one) => (
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
      {found.length === 0 ? (
        <Empty title="No tool fits">No name, effect or state has that in it.</Empty>
      ) : null}
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
