import type { ReactNode } from 'react';
import { useAsk } from './ask.ts';
import { mayDo } from './screens.ts';
import { usePerson } from './shell.tsx';
import { Card, Failed } from './parts.tsx';
import { Plain } from './plain.tsx';
import { wordsOf } from './session.ts';

/** Who has been reviewing, how fast and how often yes: counted by the server over all of it. */
export function Activity(): ReactNode {
  const { me } = usePerson();
  return mayDo(me, 'auditor') ? <Counted /> : null;
}

function Counted(): ReactNode {
  const { data, error, refetch } = useAsk('GET /v1/approvals/activity', undefined, {
    everyMs: 60_000,
  });
  if (error !== null) return <Failed words={wordsOf(error)} again={() => void refetch()} />;
  if (data === undefined) return null;
  const { waiting, ended, reviewers } = data;
  const oldest =
    waiting.oldestSeconds === null ? '' : `, the oldest for ${span(waiting.oldestSeconds)}`;
  const cell = 'px-4 py-2.5';
  return (
    <Card
      title="Reviewer activity"
      aside={
        <span className="text-sm text-soft">
          {waiting.count} waiting{oldest}
        </span>
      }
    >
      <p className="px-4 py-3 text-sm text-soft">
        In 30 days: {ended.approved} approved, {ended.rejected} rejected, {ended.expired} not
        answered, {ended.withdrawn} withdrawn.
        {data.isWhole ? '' : ' There is more than was counted.'}
      </p>
      {reviewers.length === 0 ? null : (
        <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Who reviewed">
          <table className="w-full text-left">
            <thead className="border-b border-line text-sm text-soft">
              <tr>
                {['Who', 'Yes', 'No', 'Share of yes', 'Median', 'Slowest tenth'].map((word) => (
                  <th key={word} scope="col" className="px-4 py-2 font-medium">
                    {word}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody className="divide-y divide-line">
              {reviewers.map((one) => (
                <tr key={one.by}>
                  <th scope="row" className={`${cell} font-medium`}>
                    <Plain text={one.by} />
                  </th>
                  <td className={cell}>{one.yes}</td>
                  <td className={cell}>{one.no}</td>
                  <td className={cell}>{Math.round(one.shareOfYes * 100)} %</td>
                  <td className={cell}>{span(one.medianSeconds)}</td>
                  <td className={cell}>{span(one.slowestTenthSeconds)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

function span(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
