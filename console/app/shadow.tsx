import type { ReactNode } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { useAsk } from './ask.ts';
import { TargetLink } from './gates.tsx';
import { Moment } from './moment.tsx';
import { Card, code, Empty } from './parts.tsx';
import { Plain } from './plain.tsx';
import { State } from './tools.tsx';

type Report = AnswerOf<'GET /v1/policies/shadow'>;

/** What policies in shadow would have answered otherwise, as gateways counted it. */
export function ShadowReport(): ReactNode {
  const asked = useAsk('GET /v1/policies/shadow', undefined, { everyMs: 15_000 });
  return (
    <Card title="In shadow">
      <State of={asked} />
      {asked.data === undefined ? null : <Shown of={asked.data} />}
    </Card>
  );
}

function Shown({ of }: { readonly of: Report }): ReactNode {
  if (of.shadows.length === 0)
    return (
      <Empty title="No policy is in shadow">
        With <code className={code}>shadow: true</code> in its document a policy decides nothing,
        and what it would have answered otherwise is counted here.
      </Empty>
    );
  return (
    <>
      <p className="px-4 py-3">
        <Plain text={of.shadows.map(({ name }) => name).join(', ')} />: {of.compared} calls
        compared, {of.differing === 0 ? 'none' : of.differing} answered otherwise.
        <span className="block text-sm text-soft">
          {of.faults} got no answer, {of.passedOver} passed over, {of.microsecondsPerCall} µs of the
          gateways for each call. Counted in their memory, since they started or the set changed.
        </span>
      </p>
      {of.lines.length === 0 ? null : <Lines of={of} />}
    </>
  );
}

const effects: Readonly<Record<string, string>> = {
  allow: 'goes on',
  approve: 'asks a person',
  deny: 'is refused',
};

const head = 'px-4 py-2 font-medium';
const cell = 'px-4 py-2.5 align-top';

function Lines({ of }: { readonly of: Report }): ReactNode {
  return (
    <div
      className="overflow-x-auto border-t border-line"
      tabIndex={0}
      role="region"
      aria-label="What shadows would answer otherwise"
    >
      <table className="w-full min-w-[40rem] text-left">
        <thead className="border-b border-line text-sm text-soft">
          <tr>
            {['Agent', 'Calls', 'Is', 'Would be', 'Times', 'Last'].map((word) => (
              <th key={word} scope="col" className={head}>
                {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {of.lines.map((one, at) => (
            <tr key={at}>
              <th scope="row" className={`${cell} font-medium`}>
                <Plain text={one.agent} />
              </th>
              <td className={cell}>
                <TargetLink target={one.target} />
              </td>
              <td className={cell}>{effects[one.from] ?? one.from}</td>
              <td className={cell}>
                {effects[one.to] ?? one.to}
                {one.rules.to.length === 0 ? null : (
                  <span className="block text-sm text-soft">
                    by <Plain text={one.rules.to.join(', ')} />
                  </span>
                )}
              </td>
              <td className={`${cell} tabular-nums`}>{one.calls}</td>
              <td className={cell}>
                <Moment at={one.last} since={false} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {of.more === 0 ? null : (
        <p className="px-4 py-3 text-sm text-soft">
          {of.more} more calls, in lines that had no room.
        </p>
      )}
    </div>
  );
}
