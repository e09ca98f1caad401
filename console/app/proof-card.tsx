import { type ReactNode, useEffect, useState } from 'react';
import { useAsk } from './ask.ts';
import { type CheckedProof, checkProof } from './check-proof.ts';
import { Badge, Button, Card, code } from './parts.tsx';
import { Plain, PlainBlock } from './plain.tsx';
import { wordsOf } from './session.ts';
import { State } from './tools.tsx';

/** Asked for when it is wanted: it is a reading of its own. */
export function ProofCard({
  record,
  id,
  vkey,
}: {
  readonly record: unknown;
  readonly id: string;
  readonly vkey: string | undefined;
}): ReactNode {
  const [isAsked, ask] = useState(false);
  const asked = useAsk('GET /v1/records/{id}/proof', { params: { id } }, { isAsked });
  return (
    <Card title="Proof">
      {isAsked ? (
        <State of={asked} />
      ) : (
        <div className="grid justify-items-start gap-3 p-4">
          <p className="text-soft">
            A proof shows to anybody, without this program, that the record stands in the signed
            log. This browser checks it too.
          </p>
          <Button onClick={() => ask(true)}>Show the proof</Button>
        </div>
      )}
      {asked.data === undefined ? null : (
        <div className="grid grid-cols-[minmax(0,1fr)] gap-3 p-4">
          <Checked of={{ ...asked.data, vkey, record }} />
          <PlainBlock label="The proof" text={asked.data.proof} />
          <p className="text-sm text-soft">
            Whoever serves this page also told it the key and the code that checks. Check it where
            you trust the machine, with a key that you have from elsewhere:{' '}
            <code className={code}>bailiwick audit prove {id}</code>
          </p>
        </div>
      )}
    </Card>
  );
}

function Checked({ of }: { readonly of: Parameters<typeof checkProof>[0] }): ReactNode {
  const [checked, setChecked] = useState<CheckedProof>();
  const [fault, setFault] = useState('');
  const { proof, leaf, vkey, record } = of;
  useEffect(() => {
    let isMine = true;
    checkProof({ proof, leaf, vkey, record }).then(
      (told) => isMine && setChecked(told),
      (problem: unknown) =>
        isMine && setFault(problem instanceof TypeError ? notHere : wordsOf(problem)),
    );
    return () => void (isMine = false);
  }, [proof, leaf, vkey, record]);
  if (fault !== '') return <p role="status">{fault}</p>;
  if (checked === undefined) return <p aria-busy="true">Checking…</p>;
  return (
    <div role="status" className="grid gap-2">
      <p className="font-medium">
        {checked.isTrue
          ? 'Checked in this browser: the record stands in the signed log as it is shown here.'
          : 'This could not be shown: do not rely on this record before somebody has looked into it.'}
      </p>
      <ul aria-label="What was checked" className="grid gap-2">
        {checked.steps.map(({ says, isTrue }) => (
          <li key={says} className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
            <Badge mark={isTrue ? 'good' : 'bad'}>{isTrue ? 'yes' : 'no'}</Badge>
            <span className="min-w-0">
              <Plain text={says} />
            </span>
          </li>
        ))}
      </ul>
      <p className="text-sm text-soft">
        {checked.others.length === 0 ? (
          'Nobody else signed this head.'
        ) : (
          <>
            Others signed this head too, and their keys are not here to be checked:{' '}
            <Plain text={checked.others.join(', ')} />.
          </>
        )}
      </p>
    </div>
  );
}

const notHere =
  'This browser does not check it here: it does so over https, or on the machine itself, and where it knows Ed25519.';
