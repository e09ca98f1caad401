import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useAsk } from './ask.ts';
import { Moment } from './moment.tsx';
import { Badge, Card, Facts, type Mark, Page } from './parts.tsx';
import { Plain } from './plain.tsx';
import { Said } from './said.tsx';
import { State } from './tools.tsx';

interface Item {
  readonly item: string;
  readonly state: string;
  readonly why: string;
}

/** What an evaluation goes without, told apart from what is broken. */
const notSetUp = new Set([
  'keys',
  'witness',
  'user id',
  'second person',
  'people',
  'pins',
  'runtime',
  'archive',
  'owners',
]);

const states: Readonly<Record<string, { readonly mark: Mark; readonly word: string }>> = {
  red: { mark: 'bad', word: 'broken' },
  amber: { mark: 'care', word: 'look' },
  green: { mark: 'good', word: 'good' },
  later: { mark: 'quiet', word: 'not set up' },
};

interface Sorted {
  readonly broken: readonly Item[];
  readonly needsYou: readonly Item[];
  readonly notSetUp: readonly Item[];
  readonly good: readonly Item[];
}

function useStatus() {
  const asked = useAsk('GET /v1/status', undefined, { everyMs: 30_000 });
  const items = (asked.data?.['readiness'] ?? []) as readonly Item[];
  const open = items.filter(({ state }) => state !== 'green');
  const ready = open.filter(({ item }) => !notSetUp.has(item));
  const sorted: Sorted = {
    broken: ready.filter(({ state }) => state === 'red'),
    needsYou: ready.filter(({ state }) => state !== 'red'),
    notSetUp: open.filter(({ item }) => notSetUp.has(item)),
    good: items.filter(({ state }) => state === 'green'),
  };
  return { asked, sorted };
}

/** On the first screen: what is not as it should be, and where the rest stands. */
export function NeedsYou(): ReactNode {
  const { asked, sorted } = useStatus();
  const { broken, needsYou } = sorted;
  const isFine = asked.data !== undefined && broken.length + needsYou.length === 0;
  return (
    <Card title="System" aside={<ReadAt at={asked.dataUpdatedAt} />}>
      <State of={asked} />
      {isFine ? (
        <p className="flex items-center gap-3 px-4 py-3">
          <Badge mark="good">works</Badge> Nothing is broken.
        </p>
      ) : null}
      <Rows of={[...broken, ...needsYou]} />
      {asked.data === undefined ? null : (
        <p className="border-t border-line px-4 py-3 text-sm">
          <Link to="/system" className="text-accent underline underline-offset-4">
            {sorted.notSetUp.length === 0
              ? 'Everything about the system'
              : `${sorted.notSetUp.length} to set up before production`}
          </Link>
        </p>
      )}
    </Card>
  );
}

export function SystemPage(): ReactNode {
  const { asked, sorted } = useStatus();
  const { broken, needsYou, notSetUp: later, good } = sorted;
  return (
    <Page
      title="System"
      lead="What is broken, what needs you, and what is not set up yet."
      aside={<ReadAt at={asked.dataUpdatedAt} />}
    >
      <State of={asked} />
      {asked.data === undefined ? null : (
        <>
          <Card title="Broken" aside={<Count of={broken} mark="bad" />}>
            <Rows of={broken} none="Nothing is broken." />
          </Card>
          <Card title="Needs you" aside={<Count of={needsYou} mark="care" />}>
            <Rows of={needsYou} none="Nothing waits for you." />
          </Card>
          <Card title="Not set up" aside={<Count of={later} mark="quiet" />}>
            <Rows
              of={later.map((one) => ({ ...one, state: 'later' }))}
              none="Everything is set up that this version knows of."
            />
          </Card>
          <Card title="As it should be">
            <Rows of={good} none="Nothing is." />
          </Card>
          <Card title="What runs">
            <Facts
              of={[
                ['Version', <Plain key="version" text={textOf(asked.data['version'])} />],
                [
                  'Gateways',
                  `${numberOf(asked.data['gateways'])} of ${numberOf(asked.data['gatewaysWanted'])}`,
                ],
                ['Agents', `${numberOf(asked.data['agents'])}`],
                ['Instances', `${numberOf(asked.data['instances'])}`],
              ]}
            />
          </Card>
        </>
      )}
    </Page>
  );
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : 'not told');
const numberOf = (value: unknown) => (typeof value === 'number' ? value : 0);

function ReadAt({ at }: { readonly at: number }): ReactNode {
  return at === 0 ? null : (
    <span className="text-sm text-soft">
      read <Moment at={new Date(at).toISOString()} since={false} />
    </span>
  );
}

function Count({ of, mark }: { readonly of: readonly Item[]; readonly mark: Mark }): ReactNode {
  return of.length === 0 ? null : <Badge mark={mark}>{of.length}</Badge>;
}

function Rows({ of, none }: { readonly of: readonly Item[]; readonly none?: string }): ReactNode {
  if (of.length === 0 && none !== undefined) return <p className="px-4 py-3 text-soft">{none}</p>;
  return (
    <ul className="divide-y divide-line">
      {of.map(({ item, state, why }) => {
        const { mark, word } = states[state] ?? { mark: 'quiet' as const, word: state };
        return (
          <li
            key={item}
            className="grid gap-x-4 gap-y-1 px-4 py-3 sm:grid-cols-[6.5rem_9rem_minmax(0,1fr)]"
          >
            <span>
              <Badge mark={mark}>{word}</Badge>
            </span>
            <span className="font-medium">{item}</span>
            <span className="text-soft">
              <Said text={why} />
            </span>
          </li>
        );
      })}
    </ul>
  );
}
