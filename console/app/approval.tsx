import { Link, useParams } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { approvalStates } from './approvals.tsx';
import { Beside } from './beside.tsx';
import { act, useAsk } from './ask.ts';
import { DecideCard } from './decide.tsx';
import { Distance, Moment } from './moment.tsx';
import { Badge, Card, Facts, Failed, Page, Waiting } from './parts.tsx';
import { Plain } from './plain.tsx';
import { StoodBefore } from './stood-before.tsx';
import { isLong, WholeArguments } from './whole-arguments.tsx';
import { wordsOf } from './session.ts';
import { mayDo } from './screens.ts';
import { usePageAgent } from './page-agent.ts';
import { usePerson } from './shell.tsx';

type One = AnswerOf<'GET /v1/approvals/{id}'>;

export function ApprovalPage(): ReactNode {
  const { id } = useParams({ from: '/approvals/$id' });
  const { data, error, refetch } = useAsk('GET /v1/approvals/{id}', { params: { id } });
  if (error !== null) {
    return (
      <Page title="Approval">
        <Failed words={wordsOf(error)} again={() => void refetch()} />
      </Page>
    );
  }
  if (data === undefined) {
    return (
      <Page title="Approval">
        <Waiting />
      </Page>
    );
  }
  // Another call is folded again.
  return <Shown key={data.id} one={data} />;
}

function Shown({ one }: { readonly one: One }): ReactNode {
  const { mark, word } = approvalStates[one.state];
  const [isUnfolded, setUnfolded] = useState(false);
  usePageAgent(one.agent);
  return (
    <Page
      title={<Plain text={one.target} />}
      lead={
        <>
          <Plain text={one.agent} /> wants this called
          {one.person === null && one.user === null ? ', for nobody' : ' for '}
          <Plain text={one.person ?? one.user ?? ''} />.
        </>
      }
      aside={<Badge mark={mark}>{word}</Badge>}
    >
      <Card title="What would be sent">
        <div className="grid grid-cols-[minmax(0,1fr)] gap-3 p-4">
          <div className="flex flex-wrap gap-2">
            <Badge mark={one.effect === 'read' ? 'quiet' : 'care'}>{one.effect}</Badge>
            <Badge mark={one.reversible ? 'quiet' : 'bad'}>
              {one.reversible ? 'can be undone' : 'cannot be undone'}
            </Badge>
            {one.labels.map((label) => (
              <Badge key={label} mark="care">
                <Plain text={label} />
              </Badge>
            ))}
          </div>
          <Arguments one={one} isUnfolded={isUnfolded} onUnfold={() => setUnfolded(true)} />
          <StoodBefore one={one} />
          <Doubts of={one.values} />
          <Proved of={one.proved} />
        </div>
      </Card>
      <Card title="Why it is held">
        <Facts
          of={[
            [
              'Rule',
              one.rules.map((rule) => (
                <div key={rule}>
                  <Plain text={rule} />
                </div>
              )),
            ],
            ['Class', <Plain key="class" text={one.class} />],
            ['In words', <Plain key="why" text={one.why.replaceAll('`', '')} />],
            ['Instance', <Plain key="instance" text={one.instance} />],
            ...(one.task === null
              ? []
              : ([
                  [
                    'Task',
                    <Plain
                      key="task"
                      text={`${one.task}${one.taskWhy === null ? '' : `: ${one.taskWhy}`}`}
                    />,
                  ],
                ] as const)),
            ['Asked', <Moment key="at" at={one.requestedAt} />],
            [
              one.state === 'pending' ? 'Refused by itself' : 'Was to end',
              <Moment key="ends" at={one.expiresAt} />,
            ],
            [
              'Digest',
              <span key="digest" className="font-mono text-[0.8125rem]">
                {one.callDigest}
              </span>,
            ],
          ]}
        />
      </Card>
      <Beside id={one.id} />
      <Agreed one={one} />
      {one.state === 'pending' ? (
        <Decide one={one} isReady={isUnfolded || !isLong(one.arguments)} />
      ) : (
        <Decided one={one} />
      )}
    </Page>
  );
}

/** INVARIANT: shown to whoever may decide it, while it waits; the API says nothing of them to others. */
function Arguments({
  one,
  ...fold
}: {
  readonly one: One;
  readonly isUnfolded: boolean;
  readonly onUnfold: () => void;
}): ReactNode {
  if (one.arguments === null) {
    return (
      <p className="text-soft">
        The arguments ({one.fields.join(', ') || 'none'}) are shown to whoever may decide, while it
        waits.
      </p>
    );
  }
  return (
    <>
      <p>
        <Badge mark="care">unverified: the agent’s own words</Badge>
      </p>
      <WholeArguments text={one.arguments} {...fold} />
      <p className="text-sm text-soft">
        {fold.isUnfolded || !isLong(one.arguments)
          ? 'These are all the arguments, as the gateway will send them'
          : 'This is the beginning of the arguments, as the gateway will send them'}
        , with space added to read them. Characters that hide or reorder text are marked.
      </p>
    </>
  );
}

/** Values that nobody has proved, with where they came from. */
function Doubts({ of }: { readonly of: One['values'] }): ReactNode {
  if (of.length === 0) return null;
  return (
    <ul className="grid gap-2">
      {of.map((one, at) => (
        <li key={at} className="rounded-md border border-amber/40 bg-amber-tint px-3 py-2">
          <p className="font-medium text-amber">
            <Plain text={one.argument ?? 'the call as a whole'} />: <Plain text={one.why} />
          </p>
          {one.value === null ? null : <Plain text={one.value} />}
          {one.from === null ? null : (
            <p className="text-sm">
              first seen in <Plain text={one.from} />
              {one.at === null ? null : (
                <>
                  {' at '}
                  <Plain text={one.at} />
                </>
              )}
              {one.othersBeside === 0 ? '' : `, with ${one.othersBeside} more of its kind`}
            </p>
          )}
          {one.looksLikeOneNamed ? (
            <p className="text-sm font-medium text-red">It looks like one that the user named.</p>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

/** Values that act and need no yes: what is left to look at stands above. */
function Proved({ of }: { readonly of: One['proved'] }): ReactNode {
  if (of === null || of.length === 0) return null;
  return (
    <div className="rounded-md border border-line px-3 py-2">
      <p className="text-sm text-soft">Known to be what the user wants:</p>
      <ul className="grid gap-1">
        {of.map(({ argument, value }, at) => (
          <li key={at}>
            <Plain text={argument} />
            {value === null ? null : (
              <>
                : <Plain text={value} />
              </>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Decide({
  one,
  isReady,
}: {
  readonly one: One;
  /** Whether all of it was opened. */
  readonly isReady: boolean;
}): ReactNode {
  const { me } = usePerson();
  if (!mayDo(me, 'approver')) {
    return (
      <Card title="Your decision">
        <p className="px-4 py-4 text-soft">Approvers decide this. You may look at it.</p>
      </Card>
    );
  }
  const decide = (verdict: 'approve' | 'reject') => async (reason: string) => {
    const { state } = await act('POST /v1/approvals/{id}/decide', {
      params: { id: one.id },
      body: { verdict, reason, ...(verdict === 'approve' ? { shown: one.shown } : {}) },
    });
    if (state === 'pending') return 'Your yes is on record. Somebody else has to say yes as well.';
    return state === 'approved'
      ? 'Approved. The agent may make exactly this call, once.'
      : 'Rejected. The call is not made.';
  };
  return (
    <DecideCard
      hint="What you looked at. It stands in the record, with your name."
      isReady={isReady}
      aside={
        <span className="text-sm text-soft">
          refused by itself <Distance to={one.expiresAt} />
        </span>
      }
      choices={[
        {
          word: 'Approve',
          isOpen: one.notYours === null,
          what:
            one.notYours !== null
              ? notYours[one.notYours]
              : one.yesFor === 'value'
                ? 'These bytes may be sent, once; and the unproved values again in the same arguments of this task, for 15 minutes.'
                : 'Exactly these bytes may be sent, once.',
          run: decide('approve'),
        },
        {
          word: 'Reject',
          what: 'The call is not made; the agent is told so.',
          run: decide('reject'),
        },
      ]}
    />
  );
}

const notYours: Readonly<Record<NonNullable<One['notYours']>, string>> = {
  requester: 'You began the task that this is part of: somebody else says yes.',
  user: 'The agent acts for you: somebody else says yes.',
  owner: 'You own this agent: somebody else says yes.',
  newer: 'You were added after it was asked: somebody else says yes, or the agent asks anew.',
  role: 'It asks for a role that you do not have.',
  people: 'A document names who may say yes, and not you.',
  agreed: 'You said yes. Somebody else has to as well.',
};

/** How many have to agree, and who has. */
function Agreed({ one }: { readonly one: One }): ReactNode {
  if (one.quorum === 1 && one.agreed.length === 0) return null;
  return (
    <Card title={`${one.agreed.length} of ${one.quorum} said yes`}>
      <ul className="divide-y divide-line">
        {one.agreed.map(({ by, at, reason }) => (
          <li key={by} className="px-4 py-3">
            <Plain text={by} />, <Moment at={at} />: <Plain text={reason} />
          </li>
        ))}
        {one.state === 'pending' && one.askedBy.length > 0 ? (
          <li className="px-4 py-3 text-soft">
            Asked for by <Plain text={one.askedBy.join(', ')} />; each is somebody else.
          </li>
        ) : null}
      </ul>
    </Card>
  );
}

function Decided({ one }: { readonly one: One }): ReactNode {
  return (
    <Card title="What became of it">
      <Facts
        of={[
          ['State', approvalStates[one.state].word],
          ...(one.decidedBy === null
            ? []
            : ([['By', <Plain key="by" text={one.decidedBy} />]] as const)),
          ...(one.decidedAt === null
            ? []
            : ([['At', <Moment key="at" at={one.decidedAt} />]] as const)),
          ...(one.reason === null
            ? []
            : ([['Reason', <Plain key="reason" text={one.reason} />]] as const)),
          [
            'Records',
            <Link
              key="log"
              to="/audit"
              search={{ q: `approval:${one.id}` }}
              className="text-accent underline underline-offset-4"
            >
              everything on record about this approval
            </Link>,
          ],
        ]}
      />
    </Card>
  );
}
