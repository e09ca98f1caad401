import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { act, useAsk } from './ask.ts';
import { Distance, Moment } from './moment.tsx';
import { Choose, FindBox, isNarrowed, ListHead, pageOf, Pager, useListSearch } from './pages.tsx';
import { Badge, Button, Card, code, Empty, type Mark, Page } from './parts.tsx';
import { Plain } from './plain.tsx';
import { ReasonDialog } from './reason-dialog.tsx';
import { mayDo } from './screens.ts';
import { usePerson } from './shell.tsx';
import { State } from './tools.tsx';

type Override = AnswerOf<'GET /v1/overrides'>['overrides'][number];

const states: Readonly<Record<Override['state'], { readonly mark: Mark; readonly word: string }>> =
  {
    open: { mark: 'care', word: 'open' },
    over: { mark: 'quiet', word: 'ran out' },
    ended: { mark: 'quiet', word: 'ended' },
  };

type Asked = { readonly of: Override; readonly what: 'review' | 'end' };

/** A yes given beforehand. INVARIANT: one that nobody but its giver has looked at is red, also when it is over. */
export function OverridesPage(): ReactNode {
  const { search } = useListSearch();
  const asked = useAsk('GET /v1/overrides', pageOf(search), { everyMs: 15_000 });
  const [doing, doIt] = useState<Asked>();
  const overrides = asked.data?.overrides ?? [];
  return (
    <Page
      title="Overrides"
      lead="A yes that somebody gave beforehand: for some hours nobody is asked about what one agent does with one target. Somebody else looks at each of them within a day."
    >
      <Card
        title="To be reviewed first"
        aside={
          <ListHead>
            <FindBox label="Find by agent or target" hint="Agent or target" />
            <Choose
              label="State"
              part="state"
              of={{
                '': 'Any state',
                unreviewed: 'To be reviewed',
                open: 'Open',
                over: 'Ran out',
                ended: 'Ended',
              }}
            />
          </ListHead>
        }
      >
        <State of={asked} />
        {asked.data !== undefined && overrides.length === 0 ? (
          <Nothing isNarrowed={isNarrowed(search)} />
        ) : null}
        <ul className="divide-y divide-line">
          {overrides.map((one) => (
            <Row key={one.id} of={one} ask={doIt} />
          ))}
        </ul>
        <Pager next={asked.data?.next} />
      </Card>
      {doing === undefined ? null : <Doing asked={doing} onClose={() => doIt(undefined)} />}
    </Page>
  );
}

function Nothing({ isNarrowed: fits }: { readonly isNarrowed: boolean }): ReactNode {
  if (fits) return <Empty title="No override fits">None of such a name is in this state.</Empty>;
  return (
    <Empty title="No override was given">
      In an incident an approver gives one:{' '}
      <code className={code}>bailiwick override give AGENT SERVER/TOOL --for 1h --reason WHY</code>
    </Empty>
  );
}

function Row({
  of: one,
  ask,
}: {
  readonly of: Override;
  readonly ask: (asked: Asked) => void;
}): ReactNode {
  const { me } = usePerson();
  const { mark, word } = states[one.state];
  const mayReview =
    one.reviewed === null && one.by !== me.name && (mayDo(me, 'approver') || mayDo(me, 'auditor'));
  const mayEnd = one.state === 'open' && (mayDo(me, 'approver') || mayDo(me, 'operator'));
  return (
    <li className="grid gap-x-4 gap-y-2 px-4 py-3 sm:grid-cols-[minmax(0,1fr)_auto]">
      <div className="grid min-w-0 gap-1 [overflow-wrap:anywhere]">
        <p>
          <Link
            to="/agents"
            search={{ agent: one.agent }}
            className="font-medium underline decoration-edge underline-offset-4 hover:decoration-accent"
          >
            <Plain text={one.agent} />
          </Link>{' '}
          may call{' '}
          <span className="font-medium">
            <Plain text={one.target} />
          </span>{' '}
          unasked
        </p>
        <p className="text-sm text-soft">
          given by <Plain text={one.by} />, <Distance to={one.at} />, until{' '}
          <Moment at={one.until} since={false} />: <Plain text={one.reason} />
        </p>
        {one.ended === null ? null : <Said word="ended" of={one.ended} />}
        {one.reviewed === null ? null : <Said word="reviewed" of={one.reviewed} />}
        <p>
          <Link
            to="/audit"
            search={{ q: `approval:${one.id}` }}
            className="text-sm text-accent underline underline-offset-4"
          >
            What went on under it
          </Link>
        </p>
      </div>
      <div className="flex flex-wrap items-start gap-2 sm:max-w-64 sm:justify-end">
        {one.reviewed === null ? (
          <Badge mark="bad">{one.overdue ? 'not reviewed for a day' : 'to be reviewed'}</Badge>
        ) : (
          <Badge mark="good">reviewed</Badge>
        )}
        <Badge mark={mark}>{word}</Badge>
        {mayReview ? (
          <Button onClick={() => ask({ of: one, what: 'review' })}>Review…</Button>
        ) : null}
        {mayEnd ? <Button onClick={() => ask({ of: one, what: 'end' })}>End…</Button> : null}
      </div>
    </li>
  );
}

function Said({
  word,
  of,
}: {
  readonly word: string;
  readonly of: NonNullable<Override['reviewed']>;
}): ReactNode {
  return (
    <p className="text-sm text-soft">
      {word} by <Plain text={of.by} />, <Distance to={of.at} />: <Plain text={of.reason} />
    </p>
  );
}

function Doing({
  asked: { of, what },
  onClose,
}: {
  readonly asked: Asked;
  readonly onClose: () => void;
}): ReactNode {
  const isReview = what === 'review';
  return (
    <ReasonDialog
      title={`${isReview ? 'Review' : 'End'} the override of ${of.agent}`}
      lead={
        isReview
          ? 'That you have looked at why it was given and what went on under it. It undoes nothing.'
          : 'What policy asks is asked again from the next call on.'
      }
      hint={isReview ? 'What you found; it stands in the record.' : 'It stands in the record.'}
      word={isReview ? 'Say that I have looked' : 'End it'}
      tone={isReview ? 'accent' : 'danger'}
      run={async (reason) => {
        const given = { params: { id: of.id }, body: { reason } };
        if (isReview) await act('POST /v1/overrides/{id}/review', given);
        else await act('POST /v1/overrides/{id}/end', given);
        return isReview ? 'Reviewed.' : 'Ended. The next call is asked about again.';
      }}
      onClose={onClose}
    />
  );
}
