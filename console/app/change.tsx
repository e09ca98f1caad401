import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { act, useAsk } from './ask.ts';
import { reviewStates } from './changes.tsx';
import { Compare } from './compare.tsx';
import { DecideCard } from './decide.tsx';
import { differences } from './json-diff.ts';
import { Moment } from './moment.tsx';
import { Badge, Card, Facts, type Mark, Page } from './parts.tsx';
import { Plain, PlainBlock } from './plain.tsx';
import { Said } from './said.tsx';
import { mayDo } from './screens.ts';
import { usePerson } from './shell.tsx';
import { State } from './tools.tsx';

type One = AnswerOf<'GET /v1/changes/{id}'>;
type Step = NonNullable<One['plan']>['steps'][number];

const judgements: Readonly<
  Record<Step['judgement'], { readonly mark: Mark; readonly word: string; readonly rank: number }>
> = {
  risky: { mark: 'bad', word: 'gives more', rank: 0 },
  neutral: { mark: 'quiet', word: 'neither', rank: 1 },
  tightening: { mark: 'good', word: 'takes away', rank: 2 },
};

export function ChangePage(): ReactNode {
  const { id } = useParams({ from: '/changes/$id' });
  const asked = useAsk('GET /v1/changes/{id}', { params: { id } });
  const one = asked.data;
  return (
    <Page
      title={one === undefined ? 'Change' : <Plain text={one.review.documents.join(', ')} />}
      lead={
        one === undefined ? undefined : (
          <>
            <Plain text={one.review.askedBy} /> wants this: <Plain text={one.review.reason} />
          </>
        )
      }
      aside={
        one === undefined ? null : (
          <Badge mark={reviewStates[one.review.state].mark}>
            {reviewStates[one.review.state].word}
          </Badge>
        )
      }
    >
      <State of={asked} />
      {one === undefined ? null : <Shown one={one} />}
    </Page>
  );
}

function Shown({ one }: { readonly one: One }): ReactNode {
  const { review, plan, moved } = one;
  return (
    <>
      {plan === null ? null : <Risks of={plan.steps} />}
      {moved.length === 0 ? null : (
        <p className="rounded-lg border border-red/40 bg-red-tint px-4 py-3 text-red">
          <Plain text={moved.join(', ')} /> changed since this was asked for. It cannot be approved
          as it stands: have it applied again, so that somebody looks at what would come of it now.
        </p>
      )}
      {one.steps.map((step) => (
        <Card
          key={`${step.kind}/${step.name}`}
          title={`${step.kind} ${step.name}`}
          aside={
            <span className="text-sm text-soft">
              {step.after === null ? 'is taken out' : step.before === null ? 'is new' : 'changes'}
            </span>
          }
        >
          <Step step={step} state={review.state} />
        </Card>
      ))}
      {review.state === 'open' ? (
        <p>
          <Link
            to="/policies/replay"
            search={{ change: review.id }}
            className="text-accent underline underline-offset-4"
          >
            Replay what was called as if this were in force
          </Link>
        </p>
      ) : null}
      {review.state === 'open' ? <Decide one={one} /> : null}
      <Card title={review.state === 'open' ? 'Who asked' : 'What became of it'}>
        <Facts
          of={[
            ['Asked by', <Plain key="by" text={review.askedBy} />],
            ['Asked', <Moment key="at" at={review.askedAt} />],
            ...(review.state === 'open'
              ? ([['Ends by itself', <Moment key="until" at={review.until} />]] as const)
              : []),
            ...(review.decidedBy === null
              ? []
              : ([['Decided by', <Plain key="decided" text={review.decidedBy} />]] as const)),
            ...(review.decidedAt === null
              ? []
              : ([['Decided', <Moment key="decidedAt" at={review.decidedAt} />]] as const)),
            ...(review.why === null
              ? []
              : ([['Why', <Plain key="why" text={review.why} />]] as const)),
            [
              'Records',
              <Link
                key="log"
                to="/audit"
                search={{ q: `subject:${review.id}` }}
                className="text-accent underline underline-offset-4"
              >
                everything on record about this change
              </Link>,
            ],
          ]}
        />
      </Card>
    </>
  );
}

/** What would come of it, the worst first: sentences of the plan, and not of whoever asks. */
function Risks({ of }: { readonly of: readonly Step[] }): ReactNode {
  const told = of
    .filter(({ findings }) => findings.length > 0)
    .toSorted((a, b) => judgements[a.judgement].rank - judgements[b.judgement].rank);
  return (
    <Card title="What would come of it">
      {told.length === 0 ? (
        <p className="px-4 py-4 text-soft">Nobody could do more or less than now.</p>
      ) : null}
      <ul className="divide-y divide-line">
        {told.map(({ kind, name, findings }) => (
          <li key={`${kind}/${name}`} className="grid gap-2 px-4 py-3">
            <p className="text-sm font-medium text-soft">
              <Plain text={`${kind} ${name}`} />
            </p>
            <ul className="grid gap-2">
              {findings
                .toSorted((a, b) => judgements[a.judgement].rank - judgements[b.judgement].rank)
                .map(({ judgement, sentence }, at) => (
                  <li key={at} className="grid gap-x-4 gap-y-1 sm:grid-cols-[7rem_minmax(0,1fr)]">
                    <span>
                      <Badge mark={judgements[judgement].mark}>{judgements[judgement].word}</Badge>
                    </span>
                    <span className="min-w-0">
                      <Said text={sentence} />
                    </span>
                  </li>
                ))}
            </ul>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Step({
  step,
  state,
}: {
  readonly step: One['steps'][number];
  readonly state: One['review']['state'];
}): ReactNode {
  const whole = step.before === null ? step.after : step.after === null ? step.before : undefined;
  if (whole !== null && whole !== undefined) {
    const label = `${step.kind} ${step.name}, ${step.after === null ? 'as it stands' : 'as asked for'}`;
    return (
      <div className="p-4">
        <PlainBlock label={label} text={JSON.stringify(whole, null, 2)} />
      </div>
    );
  }
  const found = differences(step.before ?? undefined, step.after ?? undefined);
  if (found.length === 0) {
    return (
      <p className="px-4 py-4 text-soft">
        {state === 'applied' ? 'It stands so now.' : 'It stands so already.'}
      </p>
    );
  }
  const words =
    state === 'open'
      ? (['Now', 'As asked for'] as const)
      : (['Now', 'As it was asked for'] as const);
  return <Compare of={found} words={words} label={`${step.kind} ${step.name}`} />;
}

function Decide({ one: { review, plan } }: { readonly one: One }): ReactNode {
  const { me } = usePerson();
  if (!mayDo(me, 'operator')) {
    return (
      <Card title="Your decision">
        <p className="px-4 py-4 text-soft">Operators decide this. You may look at it.</p>
      </Card>
    );
  }
  const isOwn = me.name === review.askedBy;
  const needed = review.approver ?? 'operator';
  const mayApprove = mayDo(me, needed);
  const { id } = review;
  return (
    <DecideCard
      hint="What you looked at. It stands in the record, with your name."
      choices={[
        ...(plan === null
          ? []
          : [
              {
                word: 'Approve',
                what: mayApprove
                  ? 'Exactly this plan is in force from then on.'
                  : `Only an ${needed} may: it says who people are, or what runs here.`,
                isOpen: mayApprove,
                run: async (reason: string) => {
                  await act('POST /v1/changes/{id}/approve', {
                    params: { id },
                    body: { plan: plan.id, reason },
                  });
                  return 'Approved. It is in force.';
                },
              },
            ]),
        {
          word: isOwn ? 'Take it back' : 'Reject',
          what: 'Everything stays as it is.',
          run: async (reason: string) => {
            await act('POST /v1/changes/{id}/reject', { params: { id }, body: { reason } });
            return isOwn ? 'Taken back. Nothing changed.' : 'Rejected. Nothing changed.';
          },
        },
      ]}
    >
      {isOwn ? (
        <p className="text-soft">
          You asked for this. Somebody else approves it, unless there is nobody else yet.
        </p>
      ) : null}
    </DecideCard>
  );
}
