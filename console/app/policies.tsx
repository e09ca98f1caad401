import type { ReactNode } from 'react';
import { useAsk } from './ask.ts';
import { Badge, Card, code, Empty, Page } from './parts.tsx';
import { Plain, PlainBlock } from './plain.tsx';
import { rulesOf } from './rules-of.ts';
import { ShadowReport } from './shadow.tsx';
import { State } from './tools.tsx';
import { TryProposed } from './try-proposed.tsx';

export function PoliciesPage(): ReactNode {
  const asked = useAsk('GET /v1/policies');
  const policies = asked.data?.policies ?? [];
  return (
    <Page
      title="Policies"
      lead="What is decided of a call. Without a rule that permits it nothing goes on, and a rule that forbids wins over all others."
    >
      <TryProposed policies={policies} />
      <ShadowReport />
      <State of={asked} />
      {asked.data !== undefined && policies.length === 0 ? (
        <Card title="Policies in force">
          <Empty title="No policy of your own">
            What is built in decides: what only reads goes on, what writes waits for a person. Write
            a document of kind Policy to say otherwise:{' '}
            <code className={code}>bailiwick policy check</code> tells what is wrong with it.
          </Empty>
        </Card>
      ) : null}
      {policies.map(({ name, cedar, shadow, replaces }) => (
        <Card
          key={name}
          title={name}
          aside={
            <span className="flex flex-wrap items-center gap-3">
              {shadow ? (
                <Badge mark="care">
                  {replaces === null ? 'in shadow: decides nothing' : `in shadow, for ${replaces}`}
                </Badge>
              ) : null}
              <Count of={rulesOf(cedar)} />
            </span>
          }
        >
          <ul className="divide-y divide-line">
            {rulesOf(cedar).map(({ effect, id, about }, at) => (
              <li
                key={at}
                className="grid gap-x-4 gap-y-1 px-4 py-2.5 sm:grid-cols-[6rem_minmax(0,1fr)]"
              >
                <span>
                  <Badge mark={effect === 'permit' ? 'good' : 'bad'}>
                    {effect === 'permit' ? 'permits' : 'forbids'}
                  </Badge>
                </span>
                <span className="min-w-0">
                  <span className="font-medium">
                    <Plain text={id} />
                  </span>
                  {about === '' ? null : (
                    <span className="block font-mono text-[0.8125rem] text-soft">
                      <Plain text={about} />
                    </span>
                  )}
                </span>
              </li>
            ))}
          </ul>
          <details className="border-t border-line">
            <summary className="cursor-pointer px-4 py-3 text-sm font-medium">Its text</summary>
            <div className="px-4 pb-4">
              <PlainBlock label={`The policy ${name}`} text={cedar} />
            </div>
          </details>
        </Card>
      ))}
      {asked.data === undefined ? null : (
        <p className="text-sm text-soft">
          Digest of all that decides:{' '}
          <span className="font-mono text-[0.8125rem] [overflow-wrap:anywhere]">
            {asked.data.digest}
          </span>
        </p>
      )}
    </Page>
  );
}

function Count({ of }: { readonly of: readonly { readonly effect: string }[] }): ReactNode {
  const permits = of.filter(({ effect }) => effect === 'permit').length;
  return (
    <span className="text-sm text-soft">
      {permits} permit, {of.length - permits} forbid
    </span>
  );
}
