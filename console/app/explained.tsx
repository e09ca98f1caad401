import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { useAsk } from './ask.ts';
import type { Mark } from './mark.ts';
import { Badge, Card, code } from './parts.tsx';
import { Plain } from './plain.tsx';
import { Said } from './said.tsx';
import { State } from './tools.tsx';

type Told = AnswerOf<'POST /v1/records/{id}/explain'>;

/** One decision in plain sentences, as the API tells it: who asked, what each gate said, and what would have helped. */
export function Explained({ id }: { readonly id: string }): ReactNode {
  const asked = useAsk('POST /v1/records/{id}/explain', { params: { id }, body: {} });
  const told = asked.data;
  return (
    <Card
      title="Explained"
      aside={
        <span className="text-sm text-soft">
          by command: <code className={code}>bailiwick policy explain ID</code>
        </span>
      }
    >
      <State of={asked} />
      {told === undefined ? null : <Shown told={told} />}
    </Card>
  );
}

/** The gates as people call them who have not read the code. */
const names: Readonly<Record<string, string>> = {
  admit: 'Door',
  identify: 'Identity',
  standing: 'Standing',
  resolve: 'Catalogue',
  'inspect-in': 'Look at the arguments',
  decide: 'Policy',
  approve: 'Approval',
  intend: 'Intent on record',
  lend: 'Credential',
  forward: 'Server',
  'inspect-out': 'Look at the answer',
  settle: 'Outcome on record',
};

function Shown({ told }: { readonly told: Told }): ReactNode {
  const asked = told.gates.filter(({ answer }) => answer !== 'not-reached');
  const behind = told.gates.filter(({ answer }) => answer === 'not-reached');
  return (
    <>
      <div className="grid gap-1 border-b border-line px-4 py-3">
        <p className="font-medium">
          <Said text={told.summary} />
        </p>
        <details>
          <summary className="cursor-pointer text-sm text-soft">
            Who, what and where, exactly
          </summary>
          <div className="grid gap-1 pt-2">
            {[...told.who, ...told.what, ...told.where].map((sentence, at) => (
              <p key={at} className="text-sm text-soft">
                <Said text={sentence} />
              </p>
            ))}
          </div>
        </details>
      </div>
      <ol aria-label="What each gate said" className="divide-y divide-line">
        {asked.map((gate) => (
          <Gate key={gate.gate} of={gate} />
        ))}
        {behind.length === 0 ? null : (
          <li className="grid gap-x-4 gap-y-1 px-4 py-2.5 text-soft sm:grid-cols-[12rem_8.5rem_minmax(0,1fr)]">
            <span>Everything behind</span>
            <span>
              <Badge mark="quiet">not asked</Badge>
            </span>
            <span>
              It had ended before:{' '}
              {behind.map(({ gate }) => (names[gate] ?? gate).toLowerCase()).join(', ')}.
            </span>
          </li>
        )}
      </ol>
      <Because told={told} />
      <Otherwise told={told} />
    </>
  );
}

const answers: Readonly<
  Record<Told['gates'][number]['answer'], { readonly mark: Mark; readonly word: string }>
> = {
  passed: { mark: 'good', word: 'yes' },
  refused: { mark: 'bad', word: 'no' },
  asked: { mark: 'care', word: 'asks' },
  'let-through': { mark: 'care', word: 'no, and let through' },
  'not-reached': { mark: 'quiet', word: 'not asked' },
  unknown: { mark: 'care', word: 'not known' },
};

function Gate({
  of: { gate, answer, sentence },
}: {
  readonly of: Told['gates'][number];
}): ReactNode {
  const { mark, word } = answers[answer];
  return (
    <li className="grid gap-x-4 gap-y-1 px-4 py-2.5 sm:grid-cols-[12rem_8.5rem_minmax(0,1fr)]">
      <span className="font-medium">{names[gate] ?? gate}</span>
      <span>
        <Badge mark={mark}>{word}</Badge>
      </span>
      <span className="min-w-0">
        <Said text={sentence} />
      </span>
    </li>
  );
}

function Because({
  told: { rules, labels, approvals, ended },
}: {
  readonly told: Told;
}): ReactNode {
  return (
    <dl className="grid gap-x-6 gap-y-3 border-t border-line px-4 py-4 sm:grid-cols-[12rem_minmax(0,1fr)]">
      <Lines name="Rules" of={rules.map(({ sentence }) => sentence)} />
      <Lines name="Labels" of={labels.map(({ sentence }) => sentence)} />
      <Lines name="Approval" of={approvals.map(({ sentence }) => sentence)} />
      {approvals.some(({ state }) => state === 'override') ? (
        <div className="grid gap-0.5 sm:contents">
          <dt className="text-sm text-soft">Override</dt>
          <dd>
            <Badge mark="care">nobody was asked</Badge>{' '}
            <Link to="/overrides" className="text-accent underline underline-offset-4">
              Overrides, and who has looked at them
            </Link>
          </dd>
        </div>
      ) : null}
      <Lines name="What became of it" of={[ended]} />
    </dl>
  );
}

function Lines({ name, of }: { readonly name: string; readonly of: readonly string[] }): ReactNode {
  if (of.length === 0) return null;
  return (
    <div className="grid gap-0.5 sm:contents">
      <dt className="text-sm text-soft">{name}</dt>
      <dd className="grid min-w-0 gap-1">
        {of.map((sentence, at) => (
          <p key={at}>
            <Said text={sentence} />
          </p>
        ))}
      </dd>
    </div>
  );
}

const footings: Readonly<Record<Told['footing'], string>> = {
  same: 'Told by the configuration that decided; it is in force.',
  'same-policies':
    'Told by the policies that decided; they are in force. Other documents may have changed since.',
  'put-back': 'Told by the policies of that time, put together from the kept versions.',
  moved: 'Told by what is in force now: what decided then is not kept as it was.',
};

/** What would have let it through: found by deciding again, with something thought otherwise. */
function Otherwise({ told }: { readonly told: Told }): ReactNode {
  const { nearest, notAgain, wayOut } = told;
  const sets = nearest?.sets ?? [];
  return (
    <div className="grid gap-3 border-t border-line px-4 py-4">
      {wayOut.length === 0 ? null : (
        <div className="grid gap-1">
          <h3 className="font-medium">The way out</h3>
          {wayOut.map((sentence, at) => (
            <p key={at}>
              <Said text={sentence} />
            </p>
          ))}
        </div>
      )}
      {sets.length === 0 ? null : (
        <div className="grid gap-1">
          <h3 className="font-medium">The nearest change that would have let it through</h3>
          <ol className="grid list-decimal gap-1 pl-5">
            {sets.map((set, at) => (
              <li key={at}>
                <Said text={set.map(({ sentence }) => sentence).join(', and ')} />
              </li>
            ))}
          </ol>
          <p className="text-sm text-soft">
            {nearest?.arguments === 'given'
              ? 'Decided again with the arguments that were given.'
              : 'Decided again with the least arguments that there can be: its own are not opened for this.'}
            {nearest?.agrees === false
              ? ` It is answered otherwise than on record now: ${nearest.again}.`
              : ''}
          </p>
        </div>
      )}
      {notAgain === null ? null : (
        <p className="text-sm text-soft">
          Nothing was decided again: <Said text={notAgain} />.
        </p>
      )}
      <p className="text-sm text-soft">
        {footings[told.footing]}{' '}
        <Link to="/policies" className="text-accent underline underline-offset-4">
          Policies in force
        </Link>
      </p>
    </div>
  );
}
