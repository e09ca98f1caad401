import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { useAsk } from './ask.ts';
import { HeldNotice, useHeldRows } from './held-rows.tsx';
import { Distance, Moment } from './moment.tsx';
import { Badge, Card, code, Empty, type Mark, Page } from './parts.tsx';
import { Choose, FindBox, isNarrowed, ListHead, pageOf, Pager, useListSearch } from './pages.tsx';
import { Plain } from './plain.tsx';
import { State } from './tools.tsx';

export type Review = AnswerOf<'GET /v1/changes'>['reviews'][number];

export const reviewStates: Readonly<
  Record<Review['state'], { readonly mark: Mark; readonly word: string }>
> = {
  open: { mark: 'care', word: 'waits' },
  applied: { mark: 'good', word: 'in force' },
  rejected: { mark: 'bad', word: 'rejected' },
  expired: { mark: 'quiet', word: 'nobody answered' },
};

export function ChangesPage(): ReactNode {
  const open = useListSearch('open-').search;
  const decided = useListSearch().search;
  const waiting = useAsk('GET /v1/changes', pageOf(open, { state: 'open' }), { everyMs: 15_000 });
  const over = pageOf(decided, { state: decided.state ?? 'decided' });
  const asked = useAsk('GET /v1/changes', over, { everyMs: 15_000 });
  const until = waiting.data?.bootstrapUntil ?? null;
  return (
    <Page
      title="Changes"
      lead="Changes of documents that give somebody more than they had. They wait until another person has looked at them."
    >
      {until === null ? null : (
        <p className="rounded-lg border border-amber/40 bg-amber-tint px-4 py-3 text-amber">
          There is no second person yet: until <Moment at={until} since={false} /> whoever asks for
          a change may approve it alone, and the record says so.
        </p>
      )}
      <Reviews
        title="Wait for somebody"
        key={`open ${open.cursor}`}
        asked={waiting}
        prefix="open-"
        empty={
          <Empty title="No change waits">
            A risky change stands here once somebody applies it:{' '}
            <code className={code}>bailiwick apply DIR --reason WHY</code>. What takes rights away
            is in force at once.
          </Empty>
        }
      />
      <Reviews
        title="Decided"
        key={JSON.stringify(over)}
        asked={asked}
        aside={
          <ListHead>
            <FindBox label="Find by who asked" hint="Who asked" />
            <Choose
              label="State"
              part="state"
              of={{ '': 'Any', applied: 'In force', rejected: 'Rejected', expired: 'Expired' }}
            />
            <Choose label="Order" part="sort" of={{ '': 'Newest first', oldest: 'Oldest first' }} />
          </ListHead>
        }
        empty={
          isNarrowed(decided) ? (
            <Empty title="No change fits">Nobody of that name asked for one that ended so.</Empty>
          ) : (
            <Empty title="None was decided yet">Who decided what, and why, stands here.</Empty>
          )
        }
      />
    </Page>
  );
}

function Reviews({
  title,
  asked,
  empty,
  aside,
  prefix,
}: {
  readonly title: string;
  readonly asked: Parameters<typeof State>[0]['of'] & {
    readonly data: AnswerOf<'GET /v1/changes'> | undefined;
    readonly isFetching: boolean;
  };
  readonly empty: ReactNode;
  readonly aside?: ReactNode;
  readonly prefix?: string;
}): ReactNode {
  const of = asked.data?.reviews;
  const held = useHeldRows(of, ({ id }) => id, asked.isFetching);
  return (
    <Card title={title} aside={aside}>
      <State of={asked} />
      <HeldNotice of={held} />
      {of !== undefined && held.shown.length === 0 ? empty : null}
      <ul className="divide-y divide-line">
        {held.shown.map((one) => (
          <Row key={one.id} one={one} isGone={held.gone.has(one.id)} />
        ))}
      </ul>
      <Pager next={asked.data?.next} {...(prefix === undefined ? {} : { prefix })} />
    </Card>
  );
}

function Row({ one, isGone }: { readonly one: Review; readonly isGone: boolean }): ReactNode {
  const { mark, word } = isGone
    ? { mark: 'quiet' as const, word: 'decided' }
    : reviewStates[one.state];
  return (
    <li className="grid gap-x-4 gap-y-1 px-4 py-3 sm:grid-cols-[minmax(0,1fr)_auto]">
      <span className="min-w-0">
        <Link
          to="/changes/$id"
          params={{ id: one.id }}
          className="font-medium underline decoration-edge underline-offset-4 hover:decoration-accent"
        >
          <Plain text={one.documents.join(', ')} />
        </Link>
        <span className="block text-sm text-soft">
          <Plain text={one.askedBy} />, <Distance to={one.askedAt} />: <Plain text={one.reason} />
          {one.decidedBy === null ? null : (
            <>
              {' '}
              · decided by <Plain text={one.decidedBy} />
            </>
          )}
        </span>
      </span>
      <span>
        <Badge mark={mark}>{word}</Badge>
      </span>
    </li>
  );
}
