import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { useAsk } from './ask.ts';
import { Moment } from './moment.tsx';
import { Badge, Card, Facts } from './parts.tsx';
import { Plain } from './plain.tsx';
import { mayDo } from './screens.ts';
import type { LogRecord } from './sentence.ts';
import { usePerson } from './shell.tsx';
import { State } from './tools.tsx';

type Agent = AnswerOf<'GET /v1/agents'>['agents'][number];
type Listed = Agent['lists'][number];

/** What an agent may where, what vouched for its keys and when they were new, and all that its manifest lists. */
export function AgentMore({ agent }: { readonly agent: Agent }): ReactNode {
  const { me } = usePerson();
  const isAuditor = mayDo(me, 'auditor');
  return (
    <>
      <Roles of={agent} isAuditor={isAuditor} />
      <Keys of={agent} isAuditor={isAuditor} />
      <Inventory of={agent} />
    </>
  );
}

const underline = 'text-accent underline underline-offset-4';

function Roles({
  of: { name, environment, environments, manifest, sensitivity, autonomy },
  isAuditor,
}: {
  readonly of: Agent;
  readonly isAuditor: boolean;
}): ReactNode {
  const isHere = environments === null || environments.includes(environment);
  const elsewhere = (environments ?? []).filter((one) => one !== environment);
  return (
    <Card title="Roles by environment">
      <Facts
        of={[
          [
            environment,
            isHere ? (
              <>
                <Badge mark="good">here</Badge> what the manifest <Plain text={manifest} /> lists
                {sensitivity === null ? '' : `, up to ${sensitivity} data`}
              </>
            ) : (
              <Badge mark="quiet">may do nothing here</Badge>
            ),
          ],
          ...elsewhere.map(
            (one) =>
              [
                one,
                'what its manifest lists in the installation that is this environment',
              ] as const,
          ),
          ['Elsewhere', environments === null ? 'wherever its document is in force' : 'nothing'],
          [
            'By itself',
            autonomy === null ? 'its document does not say' : <Plain key="by" text={autonomy} />,
          ],
          ...(isAuditor
            ? ([
                [
                  'In detail',
                  <span key="gates" className="flex flex-wrap gap-x-4">
                    <Link to="/tools/gates" search={{ agent: name }} className={underline}>
                      what it reaches and what gates it
                    </Link>
                    <Link to="/credentials" search={{ agent: name }} className={underline}>
                      credentials lent to it in 24 hours
                    </Link>
                  </span>,
                ],
              ] as const)
            : []),
        ]}
      />
    </Card>
  );
}

interface EnrolledRecord extends LogRecord {
  readonly actors: readonly {
    readonly kind: string;
    readonly name: string;
    readonly instance?: string;
  }[];
}

function Keys({
  of: { name, instances },
  isAuditor,
}: {
  readonly of: Agent;
  readonly isAuditor: boolean;
}): ReactNode {
  const asked = useAsk(
    'GET /v1/audit/records',
    { query: { q: `agent:"${name}" action:identity.enrolled`, limit: '200' } },
    { isAsked: isAuditor && instances.length > 0 },
  );
  const enrolled = new Map(
    (asked.data?.records ?? []).map(({ record }) => {
      const one = record as unknown as EnrolledRecord;
      return [one.actors[0]?.instance, one] as const;
    }),
  );
  const newestFirst = instances.toSorted((a, b) => (a.enrolledAt < b.enrolledAt ? 1 : -1));
  const [newest] = newestFirst;
  return (
    <Card
      title="Keys and what vouched for them"
      aside={
        newest === undefined ? null : (
          <span className="text-sm text-soft">
            last rotation <Moment at={newest.enrolledAt} />
          </span>
        )
      }
    >
      {newest === undefined ? (
        <p className="px-4 py-4 text-soft">No key was ever enrolled: it cannot act.</p>
      ) : null}
      {isAuditor && newest !== undefined ? <State of={asked} /> : null}
      <ul className="divide-y divide-line">
        {newestFirst.slice(0, mostKeys).map((one) => (
          <li key={one.instance} className="grid gap-1 px-4 py-3">
            <span className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
              <span className="min-w-0 font-mono text-[0.8125rem] [overflow-wrap:anywhere]">
                {one.key}
              </span>
              <Badge mark={one.revokedAt === null ? 'good' : 'quiet'}>
                {one.revokedAt === null ? 'in use' : 'revoked'}
              </Badge>
            </span>
            <span className="text-sm text-soft">
              since <Moment at={one.enrolledAt} />
              {one.revokedAt === null ? null : (
                <>
                  , revoked <Moment at={one.revokedAt} />
                </>
              )}
            </span>
            {isAuditor && asked.data !== undefined ? (
              <Vouched by={enrolled.get(one.instance)} />
            ) : null}
          </li>
        ))}
      </ul>
      {newestFirst.length > mostKeys ? (
        <p className="border-t border-line px-4 py-3 text-sm text-soft">
          The newest {mostKeys} of {newestFirst.length}.
        </p>
      ) : null}
    </Card>
  );
}

const mostKeys = 50;

/** As it stands on record: a platform's word for a workload, or a join token that somebody made. */
function Vouched({ by }: { readonly by: EnrolledRecord | undefined }): ReactNode {
  if (by === undefined)
    return (
      <span className="text-sm text-soft">
        What vouched for it is not among the newest records of its enrolments.
      </span>
    );
  const { issuer, subject } = by.details ?? {};
  const isWorkload = typeof issuer === 'string';
  return (
    <span className="text-sm">
      {isWorkload ? (
        <>
          Attested as the workload{' '}
          <Plain text={typeof subject === 'string' ? subject : 'unnamed'} /> by{' '}
          <Plain text={issuer} />.
        </>
      ) : (
        'By a join token: no platform attested where it runs.'
      )}{' '}
      <Link to="/audit/$id" params={{ id: by.id }} className={underline}>
        Its record
      </Link>
    </span>
  );
}

const kindWords: Readonly<Record<Listed['kind'], string>> = {
  model: 'Models',
  resource: 'Data',
  tool: 'Tools',
  prompt: 'Prompts',
  agent: 'Agents',
  host: 'Hosts',
};

/** Models, data and tools in one place, where they are asked about. */
const order = Object.keys(kindWords) as readonly Listed['kind'][];

function Inventory({ of: { lists, manifest } }: { readonly of: Agent }): ReactNode {
  const rows = order.flatMap((kind) => lists.filter((one) => one.kind === kind));
  return (
    <Card title="Models, data and tools">
      {rows.length === 0 ? (
        <p className="px-4 py-4 text-soft">
          Its manifest <Plain text={manifest} /> lists nothing.
        </p>
      ) : (
        <Facts
          of={rows.map(({ kind, count, names }) => [
            `${kindWords[kind]} (${count})`,
            <>
              <Plain text={names.join(', ')} />
              {count > names.length ? `, and ${count - names.length} more` : ''}
            </>,
          ])}
        />
      )}
    </Card>
  );
}

/** Of a list, in a line: how many of each kind. */
export function countsOf(lists: readonly Listed[]): string {
  const told = order.flatMap((kind) => lists.filter((one) => one.kind === kind));
  return told
    .map(({ kind, count }) => (count === 1 ? `1 ${kind}` : `${count} ${kind}s`))
    .join(', ');
}
