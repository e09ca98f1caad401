import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { TargetLink } from './gates.tsx';
import { Badge, type Mark } from './parts.tsx';
import { Plain } from './plain.tsx';
import { Problems } from './problems.tsx';
import type { Replayed } from './replay.tsx';

type Change = Replayed['changes'][number];

const ways: Readonly<Record<Change['way'], { readonly mark: Mark; readonly word: string }>> = {
  more: { mark: 'bad', word: 'gets further' },
  less: { mark: 'good', word: 'gets less far' },
  other: { mark: 'care', word: 'otherwise' },
};

/** What came of it, in the words of the command; whatever was not decided again is said. */
export function ReplayResult({ of }: { readonly of: Replayed }): ReactNode {
  if (of.problems.length > 0) return <Problems of={of.problems} />;
  const isNone = of.judged === 0 && of.skipped.length > 0;
  return (
    <>
      <p className="font-medium">
        {isNone
          ? 'No call could be decided again: this says nothing for the change or against it.'
          : of.changes.length === 0
            ? 'Every call would have been answered as now.'
            : `${of.changes.length === 1 ? 'One kind' : `${of.changes.length} kinds`} of call would have been answered otherwise.`}
      </p>
      {of.changes.length === 0 ? null : <Changes of={of.changes} />}
      <ul className="grid list-disc gap-1 pl-5 text-sm text-soft">
        <li>
          {of.judged} calls decided again, of {of.records} proved records; {of.same} as now.
        </li>
        {of.skipped.map(({ why, calls }) => (
          <li key={why}>
            {calls} not decided again: {why}.
          </li>
        ))}
        {of.movedSince === 0 ? null : (
          <li>
            {of.movedSince} would be answered otherwise than on record already today: documents,
            pins or rules have changed since.
          </li>
        )}
        {of.forUsers === 0 ? null : (
          <li>
            {of.forUsers} were for users whose groups their records do not say: rules that ask for
            groups saw none.
          </li>
        )}
        {of.more === 0 ? null : <li>{of.more} more calls change, in too many ways to list.</li>}
        {of.isWhole ? null : <li>It ended before all was looked at.</li>}
        {of.result === null ? null : (
          <li>
            This result is{' '}
            <span className="font-mono text-[0.8125rem] [overflow-wrap:anywhere]">{of.result}</span>
            , for whoever reviews the change.
          </li>
        )}
      </ul>
    </>
  );
}

const head = 'px-4 py-2 font-medium';
const cell = 'px-4 py-2.5 align-top';

function Changes({ of }: { readonly of: readonly Change[] }): ReactNode {
  return (
    <div
      className="overflow-x-auto rounded-md border border-line"
      tabIndex={0}
      role="region"
      aria-label="What would be answered otherwise"
    >
      <table className="w-full min-w-[40rem] text-left">
        <thead className="border-b border-line text-sm text-soft">
          <tr>
            {['', 'Agent', 'Called', 'Was', 'Would be', 'Calls', 'Newest'].map((word) => (
              <th key={word} scope="col" className={head}>
                {word === '' ? <span className="sr-only">Which way</span> : word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {of.map((one, at) => (
            <tr key={at}>
              <td className={cell}>
                <Badge mark={ways[one.way].mark}>{ways[one.way].word}</Badge>
              </td>
              <td className={cell}>
                <Plain text={one.user === null ? one.agent : `${one.agent} for ${one.user}`} />
              </td>
              <td className={cell}>
                <TargetLink target={one.target} />
              </td>
              <td className={cell}>
                <Plain text={one.from} />
              </td>
              <td className={cell}>
                <Plain text={one.to} />
                {one.rules.to.length === 0 ? null : (
                  <span className="block text-sm text-soft">
                    by <Plain text={one.rules.to.join(', ')} />
                  </span>
                )}
              </td>
              <td className={`${cell} tabular-nums`}>{one.calls}</td>
              <td className={cell}>
                {one.examples[0] === undefined ? null : (
                  <Link
                    to="/audit/$id"
                    params={{ id: one.examples[0] }}
                    className="text-accent underline underline-offset-4"
                  >
                    its record
                  </Link>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
