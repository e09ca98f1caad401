import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useAsk } from './ask.ts';
import { type CallRecord, explainCall } from './explain-records.ts';
import { Badge, Card, Empty } from './parts.tsx';
import { Plain } from './plain.tsx';
import { State } from './tools.tsx';

/** One call in plain sentences: who asked, what each gate said, by which rule, and what came of it. */
export function Explained({
  of,
}: {
  readonly of: CallRecord & { readonly call: string };
}): ReactNode {
  const ofCall = useAsk('GET /v1/audit/records', {
    query: { q: `call:${of.call}`, limit: '50', order: 'oldest' },
  });
  const approval = of.approval?.id ?? approvalOf(recordsOf(ofCall.data));
  const ofApproval = useAsk(
    'GET /v1/audit/records',
    { query: { q: `approval:${approval ?? ''}`, limit: '50', order: 'oldest' } },
    { isAsked: approval !== undefined },
  );
  // What people said of it stands under the approval; of other calls by the same yes nothing is told here.
  const people = recordsOf(ofApproval.data).filter(({ type }) => type.startsWith('approval.'));
  const own = recordsOf(ofCall.data);
  const known = new Set(own.map(({ id }) => id));
  const all = [...own, ...people.filter(({ id }) => !known.has(id))].toSorted((a, b) =>
    a.time < b.time ? -1 : a.time > b.time ? 1 : 0,
  );
  const lines = explainCall(all);
  const policy = all.find(({ decision }) => decision !== undefined)?.decision?.policyDigest;
  return (
    <Card
      title="Explained"
      aside={
        <Link
          to="/audit"
          search={{ q: `call:${of.call}` }}
          className="text-sm text-accent underline underline-offset-4"
        >
          its records
        </Link>
      }
    >
      <State of={ofCall} />
      {ofCall.data !== undefined && lines.length === 0 ? (
        <Empty title="The index does not have this call yet">
          Read it again in a moment. The record itself stands below.
        </Empty>
      ) : null}
      {of.questions === undefined ? null : (
        <p className="border-b border-line px-4 py-3">
          <Plain text={of.questions.who} /> asked for <Plain text={of.questions.asks} />; it can
          invoke <Plain text={of.questions.canInvoke} />.
        </p>
      )}
      <ol className="divide-y divide-line">
        {lines.map(({ gate, mark, sentence, record }, at) => (
          <li
            key={at}
            className="grid gap-x-4 gap-y-1 px-4 py-2.5 sm:grid-cols-[11rem_minmax(0,1fr)]"
          >
            <span className="flex items-start gap-2">
              <Badge mark={mark}>{gate}</Badge>
            </span>
            <span className="min-w-0">
              {record === of.id ? (
                <Plain text={sentence} />
              ) : (
                <Link
                  to="/audit/$id"
                  params={{ id: record }}
                  className="underline decoration-line underline-offset-4 hover:decoration-accent"
                >
                  <Plain text={sentence} />
                </Link>
              )}
            </span>
          </li>
        ))}
      </ol>
      {policy === undefined ? null : (
        <p className="border-t border-line px-4 py-3 text-sm text-soft">
          Decided by the policies with the digest{' '}
          <span className="font-mono text-[0.8125rem] [overflow-wrap:anywhere]">{policy}</span>.{' '}
          <Link to="/policies" className="text-accent underline underline-offset-4">
            Those in force now
          </Link>
        </p>
      )}
    </Card>
  );
}

function recordsOf(
  data: { readonly records: readonly { readonly record: object }[] } | undefined,
): readonly CallRecord[] {
  return (data?.records ?? []).map(({ record }) => record as CallRecord);
}

function approvalOf(records: readonly CallRecord[]): string | undefined {
  return records.find(({ approval }) => approval !== undefined)?.approval?.id;
}
