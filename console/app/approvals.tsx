import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { Activity } from './activity.tsx';
import { useAsk } from './ask.ts';
import { Either } from './either.tsx';
import { HeldNotice, useHeldRows } from './held-rows.tsx';
import { Distance } from './moment.tsx';
import { Badge, Card, Empty, Failed, type Mark, Page, Waiting } from './parts.tsx';
import { Choose, FindBox, isNarrowed, ListHead, pageOf, Pager, useListSearch } from './pages.tsx';
import { Plain } from './plain.tsx';
import { wordsOf } from './session.ts';

export type Approval = AnswerOf<'GET /v1/approvals'>['approvals'][number];
export type ApprovalState = Approval['state'];

export const approvalStates: Readonly<
  Record<ApprovalState, { readonly mark: Mark; readonly word: string }>
> = {
  pending: { mark: 'care', word: 'waits' },
  approved: { mark: 'good', word: 'approved' },
  spent: { mark: 'good', word: 'approved and used' },
  rejected: { mark: 'bad', word: 'rejected' },
  expired: { mark: 'quiet', word: 'nobody answered' },
  withdrawn: { mark: 'quiet', word: 'withdrawn' },
  void: { mark: 'quiet', word: 'void' },
};

const allStates = Object.entries(approvalStates).map(([state, { word }]) => [state, word] as const);

export function ApprovalsPage(): ReactNode {
  const { show } = useSearch({ from: '/approvals' });
  const { search } = useListSearch();
  const navigate = useNavigate();
  const isAll = show === 'all';
  // What waits longest is what somebody looks for; of what is over, what was last.
  const asked = pageOf(search, isAll ? {} : { state: 'pending', sort: search.sort ?? 'oldest' });
  const { data, error, refetch, isFetching } = useAsk('GET /v1/approvals', asked, {
    everyMs: 15_000,
  });
  return (
    <Page
      title="Approvals"
      lead="Calls that a rule holds until a person has looked at exactly what would be sent."
      aside={
        <Either
          name="show"
          of={['Waiting', 'History']}
          isSecond={isAll}
          onChange={(all) =>
            void navigate({ to: '/approvals', search: all ? { show: 'all' } : {} })
          }
        />
      }
    >
      <Card title={isAll ? 'All of them' : 'Waiting'} aside={<Narrow isAll={isAll} />}>
        {error !== null ? <Failed words={wordsOf(error)} again={() => void refetch()} /> : null}
        {error === null && data === undefined ? <Waiting /> : null}
        <Held
          key={JSON.stringify(asked)}
          of={data?.approvals}
          nothing={isNarrowed(search) ? 'narrowed' : isAll ? 'all' : 'waiting'}
          isFetching={isFetching}
        />
        <Pager next={data?.next} />
      </Card>
      <Activity />
    </Page>
  );
}

function Narrow({ isAll }: { readonly isAll: boolean }): ReactNode {
  const orders: Readonly<Record<string, string>> = isAll
    ? { '': 'Newest first', oldest: 'Oldest first' }
    : { '': 'Oldest first', newest: 'Newest first' };
  return (
    <ListHead>
      <FindBox label="Find by agent" hint="Agent" />
      {isAll ? (
        <Choose
          label="State"
          part="state"
          of={{ '': 'Any state', ...Object.fromEntries(allStates) }}
        />
      ) : null}
      <Choose label="Order" part="sort" of={orders} />
    </ListHead>
  );
}

function Held({
  of,
  nothing,
  isFetching,
}: {
  readonly of: readonly Approval[] | undefined;
  readonly nothing: 'narrowed' | 'all' | 'waiting';
  readonly isFetching: boolean;
}): ReactNode {
  const held = useHeldRows(of, ({ id }) => id, isFetching);
  return (
    <>
      <HeldNotice of={held} />
      {of !== undefined && held.shown.length === 0 ? <Nothing why={nothing} /> : null}
      {held.shown.length === 0 ? null : <List of={held.shown} gone={held.gone} />}
    </>
  );
}

function Nothing({ why }: { readonly why: 'narrowed' | 'all' | 'waiting' }): ReactNode {
  if (why === 'narrowed') {
    return (
      <Empty title="No call fits">None of such an agent is in this state, or none is left.</Empty>
    );
  }
  if (why === 'all') {
    return (
      <Empty title="No call was ever held here">
        An agent that calls a tool which writes is held until somebody approves it.
      </Empty>
    );
  }
  return (
    <Empty title="All clear">
      Nothing waits.{' '}
      <Link
        to="/approvals"
        search={{ show: 'all' }}
        className="text-accent underline underline-offset-4"
      >
        Look at what was decided
      </Link>
      .
    </Empty>
  );
}

function List({
  of,
  gone,
}: {
  readonly of: readonly Approval[];
  readonly gone: ReadonlySet<string>;
}): ReactNode {
  const cell = 'px-4 py-3 align-top';
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Approvals">
      <table className="w-full text-left">
        <thead className="border-b border-line text-sm text-soft">
          <tr>
            <th scope="col" className="px-4 py-2 font-medium">
              Call
            </th>
            <th scope="col" className="px-4 py-2 font-medium">
              State
            </th>
            <th scope="col" className="hidden px-4 py-2 font-medium sm:table-cell">
              Asked
            </th>
            <th scope="col" className="hidden px-4 py-2 font-medium sm:table-cell">
              {of.some(({ state }) => state === 'pending') ? 'Ends' : 'Decided'}
            </th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {of.map((one) => (
            <tr key={one.id}>
              <td className={cell}>
                <Link
                  to="/approvals/$id"
                  params={{ id: one.id }}
                  className="font-medium underline decoration-edge underline-offset-4 hover:decoration-accent"
                >
                  <Plain text={one.target} />
                </Link>
                <p className="text-sm text-soft">
                  <Plain text={one.agent} />
                  {one.person === null && one.user === null ? null : (
                    <>
                      {' '}
                      for <Plain text={one.person ?? one.user ?? ''} />
                    </>
                  )}
                  {' · '}
                  {one.effect}
                  {one.reversible ? '' : ', cannot be undone'}
                  <span className="sm:hidden">
                    {' · '}
                    <Distance to={one.requestedAt} />
                  </span>
                </p>
                <p className="mt-1 line-clamp-2 font-mono text-[0.8125rem] text-soft">
                  <Plain text={(one.arguments ?? '').slice(0, 240)} />
                </p>
              </td>
              <td className={cell}>
                {gone.has(one.id) ? (
                  <Badge mark="quiet">no longer waits</Badge>
                ) : (
                  <Badge mark={approvalStates[one.state].mark}>
                    {approvalStates[one.state].word}
                  </Badge>
                )}
              </td>
              <td className={`${cell} hidden whitespace-nowrap sm:table-cell`}>
                <Distance to={one.requestedAt} />
              </td>
              <td className={`${cell} hidden whitespace-nowrap text-soft sm:table-cell`}>
                {one.state === 'pending' ? (
                  <Distance to={one.expiresAt} />
                ) : one.decidedBy === null ? (
                  '–'
                ) : (
                  <>
                    by <Plain text={one.decidedBy} />
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
