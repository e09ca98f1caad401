import { Link, useSearch } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { act, useAsk } from './ask.ts';
import { Compare } from './compare.tsx';
import { DecideCard } from './decide.tsx';
import { Badge, Card, Facts, Page } from './parts.tsx';
import { Plain, PlainBlock } from './plain.tsx';
import { mayDo } from './screens.ts';
import { usePerson } from './shell.tsx';
import { EffectOf, State, toolStates } from './tools.tsx';
import { TryPolicy } from './try-policy.tsx';

type One = AnswerOf<'GET /v1/tools/{server}/{tool}'>;

export function ToolPage(): ReactNode {
  const { server, tool } = useSearch({ from: '/tools/one' });
  const asked = useAsk('GET /v1/tools/{server}/{tool}', { params: { server, tool } });
  const one = asked.data;
  return (
    <Page
      title={<Plain text={`${server}/${tool}`} />}
      lead={one === undefined ? undefined : leads[one.state]}
      aside={
        <span className="flex items-center gap-4">
          {one === undefined ? null : (
            <Badge mark={toolStates[one.state].mark}>{toolStates[one.state].word}</Badge>
          )}
          <Link
            to="/tools"
            search={{ server }}
            className="text-accent underline underline-offset-4"
          >
            Its server
          </Link>
        </span>
      }
    >
      <State of={asked} />
      {one === undefined ? null : <Shown key={one.observedDigest} one={one} />}
    </Page>
  );
}

const leads: Readonly<Record<One['state'], string>> = {
  pinned: 'It is as somebody approved it.',
  waiting: 'Its server shows it for the first time. Nobody can call it yet.',
  quarantined: 'Its server shows it otherwise than it was approved. Nobody can call it now.',
  rejected:
    'Somebody rejected it as it is. Nobody can call it until it is another or somebody approves it.',
  gone: 'Its server shows it no more.',
};

function Shown({ one }: { readonly one: One }): ReactNode {
  const isChanged = one.observed !== null && one.definition !== null;
  const isOpen = one.state !== 'pinned' && one.state !== 'gone';
  const digest = one.observedDigest ?? one.pinnedDigest;
  return (
    <>
      {one.state === 'quarantined' || (one.state === 'rejected' && isChanged) ? (
        <Card
          title="What changed"
          aside={
            <Badge mark="care">
              {one.diff.length === 1 ? '1 place' : `${one.diff.length} places`}
            </Badge>
          }
        >
          <Compare
            of={one.diff}
            words={['As approved', 'As it is shown now']}
            label="Both versions"
          />
        </Card>
      ) : null}
      {isOpen && one.observed !== null && one.definition === null ? (
        <Card title="What its server says it is">
          <div className="grid grid-cols-[minmax(0,1fr)] gap-3 p-4">
            {one.description === null ? null : (
              <p className="max-w-prose whitespace-pre-wrap">
                <Plain text={wholeDescription(one.observed) ?? one.description} />
              </p>
            )}
            <PlainBlock
              label="The definition, whole"
              text={JSON.stringify(one.observed, null, 2)}
            />
          </div>
        </Card>
      ) : null}
      <Found of={one} />
      {isOpen && digest !== null ? <Decide one={one} digest={digest} /> : null}
      <Card title="What it is">
        <Facts
          of={[
            ['Effect', <EffectOf key="effect" of={one} />],
            [
              'Rules',
              one.phase === 'enforce'
                ? 'enforced'
                : `${one.phase}: what they say is told, and not enforced`,
            ],
            [
              'Approved by',
              one.approvedBy === null ? 'nobody' : <Plain key="by" text={one.approvedBy} />,
            ],
            ...(one.rejected === null
              ? []
              : ([
                  [
                    'Rejected by',
                    <Plain key="no" text={`${one.rejected.by}: ${one.rejected.reason}`} />,
                  ],
                ] as const)),
            ...(one.unfit === null
              ? []
              : ([['Nobody may call it', <Plain key="unfit" text={one.unfit} />]] as const)),
            ['Digest', <Digests key="digest" one={one} />],
            [
              'Records',
              <Link
                key="log"
                to="/audit"
                search={{ q: `tool:${one.server}/${one.tool}` }}
                className="text-accent underline underline-offset-4"
              >
                everything on record about this tool
              </Link>,
            ],
          ]}
        />
        {one.definition === null ? null : (
          <details className="border-t border-line">
            <summary className="cursor-pointer px-4 py-3 text-sm font-medium">
              The definition that was approved
            </summary>
            <div className="px-4 pb-4">
              <PlainBlock label="As approved" text={JSON.stringify(one.definition, null, 2)} />
            </div>
          </details>
        )}
      </Card>
      <TryPolicy target={`${one.server}/${one.tool}`} />
    </>
  );
}

function wholeDescription(definition: Readonly<Record<string, unknown>>): string | undefined {
  const { description } = definition;
  return typeof description === 'string' ? description : undefined;
}

function Digests({ one }: { readonly one: One }): ReactNode {
  const isTwo = one.observedDigest !== null && one.observedDigest !== one.pinnedDigest;
  return (
    <span className="grid gap-1 font-mono text-[0.8125rem]">
      {one.pinnedDigest === null ? null : <span>{one.pinnedDigest}</span>}
      {isTwo ? <span>{one.observedDigest} (shown now)</span> : null}
    </span>
  );
}

/** What scans found in its words, and what those bring in that was not there before. */
function Found({ of: { findings, introduces } }: { readonly of: One }): ReactNode {
  if (findings.length === 0 && introduces.length === 0) return null;
  return (
    <Card title="What its words hold">
      <ul className="divide-y divide-line">
        {introduces.map((one) => (
          <li key={one} className="flex flex-wrap items-center gap-3 px-4 py-3">
            <Badge mark="care">differs</Badge>
            <Plain text={one} />
          </li>
        ))}
        {findings.map((one, at) => (
          <li key={at} className="grid gap-1 px-4 py-3">
            <span className="flex flex-wrap items-center gap-3">
              <Badge mark={one.severity === 'serious' ? 'bad' : 'care'}>{one.severity}</Badge>
              <span className="font-medium">
                <Plain text={one.message} />
              </span>
            </span>
            {one.words.map((word, index) => (
              <span key={index} className="font-mono text-[0.8125rem] text-soft">
                <Plain text={word} />
              </span>
            ))}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Decide({ one, digest }: { readonly one: One; readonly digest: string }): ReactNode {
  const { me } = usePerson();
  const [isAccepted, accept] = useState(false);
  const serious = one.findings.filter(({ severity }) => severity === 'serious').length;
  if (!mayDo(me, 'operator')) {
    return (
      <Card title="Your decision">
        <p className="px-4 py-4 text-soft">Operators decide this. You may look at it.</p>
      </Card>
    );
  }
  const { server, tool } = one;
  return (
    <DecideCard
      hint="What you looked at. It stands in the record, with your name."
      choices={[
        {
          word: 'Approve exactly this',
          isOpen: serious === 0 || isAccepted,
          what:
            serious === 0 || isAccepted
              ? 'Agents whose manifest names it may call it, as it is defined here.'
              : 'Say first that you have read what was found in it.',
          run: async (reason) => {
            const done = await act('POST /v1/tools/{server}/{tool}/approve', {
              params: { server, tool },
              body: { digest, reason, ...(serious === 0 ? {} : { acceptFindings: true }) },
            });
            return done.inForce
              ? 'Approved. It can be called as it is defined now.'
              : `Approved, and not in force yet: ${done.problems.join('; ')}`;
          },
        },
        {
          word: 'Reject',
          what: 'It stays shut until its server shows it otherwise or somebody approves it.',
          isOpen: one.state !== 'rejected',
          run: async (reason) => {
            await act('POST /v1/tools/{server}/{tool}/reject', {
              params: { server, tool },
              body: { digest, reason },
            });
            return 'Rejected. It stays shut, and lists say so.';
          },
        },
      ]}
    >
      <p className="text-soft">Until somebody approves it nobody can call it.</p>
      {serious === 0 ? null : (
        <label className="flex items-start gap-3">
          <input
            type="checkbox"
            className="mt-1 size-4"
            checked={isAccepted}
            onChange={(event) => accept(event.target.checked)}
          />
          I have read the {serious === 1 ? 'serious finding' : `${serious} serious findings`} above
          and approve it all the same.
        </label>
      )}
    </DecideCard>
  );
}
