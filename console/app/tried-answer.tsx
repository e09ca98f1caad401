import type { ReactNode } from 'react';
import { Badge, type Mark } from './parts.tsx';
import { Plain } from './plain.tsx';
import { Problems } from './problems.tsx';
import { Said } from './said.tsx';
import type { Tried } from './try-proposed.tsx';

type Case = Tried['cases'][number];
type Answer = Case['now'];

const verdicts: Readonly<
  Record<Answer['verdict'], { readonly mark: Mark; readonly word: string }>
> = {
  allowed: { mark: 'good', word: 'would go on' },
  held: { mark: 'care', word: 'would be held' },
  refused: { mark: 'bad', word: 'would be refused' },
};

const ways: Readonly<Record<Case['way'], string>> = {
  same: 'The answer stays the same.',
  more: 'The agent could do more than now.',
  less: 'The agent could do less than now.',
  other: 'The answer is another one.',
};

/** What the real path says to a call that nobody makes, now and as proposed, and what would let it through. */
export function TriedAnswer({
  of,
  isProposed,
}: {
  readonly of: Tried;
  readonly isProposed: boolean;
}): ReactNode {
  const [one] = of.cases;
  if (one === undefined) return <Problems of={of.problems} />;
  return (
    <>
      {isProposed ? <p className="font-medium">{ways[one.way]}</p> : null}
      <dl className="grid gap-x-6 gap-y-3 sm:grid-cols-[8rem_minmax(0,1fr)]">
        {isProposed ? <Side name="Now" of={one.now} /> : null}
        <Side name={isProposed ? 'As proposed' : 'Now'} of={one.would} />
      </dl>
      {one.unasked.length === 0 ? null : (
        <p className="text-sm text-soft">
          Not asked here, and asked in the gateway: the decision point of{' '}
          <Plain text={one.unasked.join(', ')} />.
        </p>
      )}
      <Nearest of={one} />
    </>
  );
}

function Side({ name, of }: { readonly name: string; readonly of: Answer }): ReactNode {
  const { mark, word } = verdicts[of.verdict];
  return (
    <div className="grid gap-0.5 sm:contents">
      <dt className="text-sm text-soft">{name}</dt>
      <dd className="grid min-w-0 gap-1">
        <span className="flex flex-wrap items-center gap-3">
          <Badge mark={mark}>{word}</Badge>
          {of.code === null ? null : <span className="font-mono text-[0.8125rem]">{of.code}</span>}
          {of.class === null ? null : (
            <span>
              for a yes of class <Plain text={of.class} />
            </span>
          )}
          {of.rules.length === 0 ? null : (
            <span>
              by <Plain text={of.rules.join(', ')} />
            </span>
          )}
          {of.phase === 'enforce' ? null : (
            <span>{of.phase}: told, and not enforced for this tool</span>
          )}
        </span>
        <span className="text-sm text-soft">
          <Said text={of.why} />
        </span>
        {of.errors.map((error, at) => (
          <span key={at} className="text-sm text-red">
            <Plain text={error} />
          </span>
        ))}
      </dd>
    </div>
  );
}

function Nearest({ of: { nearest } }: { readonly of: Case }): ReactNode {
  if (nearest === null) return null;
  return (
    <div className="grid gap-1">
      <h3 className="font-medium">The nearest change that would let it through</h3>
      {nearest.sets.length === 0 ? (
        <p className="text-soft">None was found by changing one, two or three things.</p>
      ) : (
        <ol className="grid list-decimal gap-1 pl-5">
          {nearest.sets.map((set, at) => (
            <li key={at}>
              <Said text={set.join(', and ')} />
            </li>
          ))}
        </ol>
      )}
      <p className="text-sm text-soft">
        {nearest.arguments === 'given'
          ? 'Decided with the arguments above.'
          : 'Decided with the least arguments that there can be.'}
        {nearest.isWhole ? '' : ' There was more to try than is tried.'}
      </p>
    </div>
  );
}
