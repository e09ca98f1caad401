import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { allPages } from './all-pages.ts';
import { useAsk } from './ask.ts';
import { csvOf } from './csv.ts';
import { Either } from './either.tsx';
import { FindBy } from './find-by.tsx';
import { Badge, Card, code, Empty, type Mark, Page } from './parts.tsx';
import { Plain } from './plain.tsx';
import { saveAs } from './save.ts';
import { without } from './search.ts';
import { api } from './session.ts';
import { State, toolStates } from './tools.tsx';
import { TakeAway } from './take-away.tsx';

type Told = AnswerOf<'GET /v1/tools/gates'>;
type Row = Told['rows'][number];

export interface GatesSearch {
  readonly agent?: string | undefined;
  readonly findings?: 'true' | undefined;
  readonly after?: string | undefined;
}

const verdicts: Readonly<Record<Row['verdict'], { readonly mark: Mark; readonly word: string }>> = {
  allowed: { mark: 'good', word: 'goes on' },
  held: { mark: 'care', word: 'asks a person' },
  refused: { mark: 'quiet', word: 'refused' },
};

const findingWords: Readonly<Record<NonNullable<Row['finding']>, string>> = {
  ungated: 'acts, and no person is asked',
  'not-enforced': 'acts, and its rules are not enforced yet',
  overridden: 'an override is open: nobody is asked until it ends',
};

const pageSize = 200;
/** What a spreadsheet still opens. */
const mostTaken = 50_000;

/** What every agent reaches now, what it does there, and which rule and which yes stand between. */
export function GatesPage(): ReactNode {
  const { agent, findings, after } = useSearch({ from: '/tools/gates' });
  const navigate = useNavigate();
  const filter = without({ agent, findings });
  const asked = useAsk('GET /v1/tools/gates', {
    query: without({ ...filter, limit: pageSize, after }),
  });
  const rows = asked.data?.rows ?? [];
  const goTo = (search: GatesSearch) =>
    void navigate({ to: '/tools/gates', search: without(search) });
  return (
    <Page
      title="Reach and gates"
      lead="What every agent reaches now, what it can do there, and which rule and which kind of yes stand between. Judged by what judges in the gateway, with the least that each call can carry and nothing of strangers read before."
      aside={
        <Either
          name="findings"
          of={['Everything', 'What needs a look']}
          isSecond={findings === 'true'}
          onChange={(only) => goTo({ agent, findings: only ? 'true' : undefined })}
        />
      }
    >
      <Card
        title={findings === 'true' ? 'Acts without a person' : 'Agents and what they reach'}
        aside={<TakeAway word="Take it away as CSV" run={() => takeAway(filter)} />}
      >
        <FindBy
          key={agent}
          names={{ agent: 'Agent' }}
          given={{ agent }}
          onFind={(found) => goTo({ agent: found.agent, findings })}
        />
        <State of={asked} />
        {asked.data !== undefined && rows.length === 0 ? (
          <Nothing isFindings={findings === 'true'} isNarrowed={agent !== undefined} />
        ) : null}
        {rows.length === 0 ? null : <Rows of={rows} />}
        {asked.data?.next == null ? null : (
          <p className="border-t border-line px-4 py-3">
            <Link
              to="/tools/gates"
              search={without({ agent, findings, after: asked.data.next })}
              className="text-accent underline underline-offset-4"
            >
              The next {pageSize}
            </Link>
          </p>
        )}
      </Card>
      <p className="text-sm text-soft">
        The same by command: <code className={code}>bailiwick tool gates</code>
        {asked.data === undefined ? null : (
          <>
            {' '}
            · configuration{' '}
            <span className="font-mono text-[0.8125rem] [overflow-wrap:anywhere]">
              {asked.data.configuration}
            </span>
          </>
        )}
      </p>
    </Page>
  );
}

function Nothing({
  isFindings,
  isNarrowed,
}: {
  readonly isFindings: boolean;
  readonly isNarrowed: boolean;
}): ReactNode {
  if (isFindings)
    return (
      <Empty title="Nothing acts without a person">
        Whatever writes or deletes is refused, or asks somebody first.
      </Empty>
    );
  return (
    <Empty title={isNarrowed ? 'It reaches nothing' : 'No agent reaches anything'}>
      An agent reaches what its manifest lists one by one. What stands below a folder has no end,
      and is not told here.
    </Empty>
  );
}

const head = 'px-4 py-2 font-medium';
const cell = 'px-4 py-2.5 align-top';

function Rows({ of }: { readonly of: readonly Row[] }): ReactNode {
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Reach and gates">
      <table className="w-full min-w-[46rem] text-left">
        <thead className="border-b border-line text-sm text-soft">
          <tr>
            {['Agent', 'Reaches', 'Can', 'Its call', 'Gated by', 'To be looked at'].map((word) => (
              <th key={word} scope="col" className={head}>
                {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {of.map((row) => (
            <GateRow key={`${row.agent} ${row.target}`} of={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function GateRow({ of: row }: { readonly of: Row }): ReactNode {
  const { mark, word } = verdicts[row.verdict];
  const changed = row.tool === null || row.tool === 'pinned' ? undefined : toolStates[row.tool];
  return (
    <tr>
      <th scope="row" className={`${cell} font-medium`}>
        <Link
          to="/agents"
          search={{ agent: row.agent }}
          className="underline decoration-edge underline-offset-4 hover:decoration-accent"
        >
          <Plain text={row.agent} />
        </Link>
      </th>
      <td className={cell}>
        <TargetLink target={row.target} />
      </td>
      <td className={cell}>{row.effect}</td>
      <td className={cell}>
        <Badge mark={mark}>{word}</Badge>
        {row.code === null ? null : (
          <span className="block pt-1 font-mono text-[0.8125rem] text-soft">{row.code}</span>
        )}
      </td>
      <td className={cell}>
        {row.rules.length === 0 ? (
          <span className="text-soft">no rule: what is not permitted is refused</span>
        ) : (
          <Plain text={row.rules.join(', ')} />
        )}
        {row.class === null ? null : (
          <span className="block text-sm text-soft">
            a yes of class <Plain text={row.class} />
          </span>
        )}
      </td>
      <td className={cell}>
        {row.finding === null ? null : <Badge mark="bad">{findingWords[row.finding]}</Badge>}
        {changed === undefined ? null : <Badge mark={changed.mark}>{changed.word}</Badge>}
        {row.finding === null && changed === undefined ? (
          <span className="text-soft">nothing</span>
        ) : null}
      </td>
    </tr>
  );
}

/** A tool has a page of its own; of what else can be reached the name is all there is. */
export function TargetLink({ target }: { readonly target: string }): ReactNode {
  const [, server, tool] = /^tool:([^/]+)\/(.+)$/s.exec(target) ?? [];
  if (server === undefined || tool === undefined) return <Plain text={target} />;
  return (
    <Link
      to="/tools/one"
      search={{ server, tool }}
      className="underline decoration-edge underline-offset-4 hover:decoration-accent"
    >
      <Plain text={`${server}/${tool}`} />
    </Link>
  );
}

const heads = ['agent', 'target', 'effect', 'call', 'code', 'rules', 'class', 'phase', 'finding'];

/** Exactly what the filter on the screen says, page after page. */
async function takeAway(filter: Pick<GatesSearch, 'agent' | 'findings'>): Promise<string> {
  const { rows, isWhole } = await allPages<Row>(mostTaken, async (after) => {
    const query = without({ ...filter, limit: 1_000, after });
    const told = await api.ask('GET /v1/tools/gates', { query });
    return { rows: told.rows, next: told.next ?? undefined };
  });
  const lines = rows.map((one) => [
    one.agent,
    one.target,
    one.effect,
    one.verdict,
    one.code,
    one.rules.join(' '),
    one.class,
    one.phase,
    one.finding,
  ]);
  saveAs('reach-and-gates.csv', csvOf(heads, lines), 'text/csv');
  return isWhole
    ? `${rows.length} lines`
    : `the first ${rows.length} lines; all of it by \`bailiwick tool gates -o json\``;
}
