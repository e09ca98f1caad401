import type { ReactNode } from 'react';
import { type Difference, parted } from './json-diff.ts';
import { Plain } from './plain.tsx';

/** Two versions beside each other, place by place; one above the other where there is no room. */
export function Compare({
  of,
  words: [was, is],
  label,
}: {
  readonly of: readonly Difference[];
  readonly words: readonly [string, string];
  readonly label: string;
}): ReactNode {
  return (
    <div role="region" aria-label={label} className="divide-y divide-line">
      {of.map((one) => (
        <div key={one.path} className="grid grid-cols-[minmax(0,1fr)] gap-2 px-4 py-3">
          <p className="font-mono text-[0.8125rem] font-semibold">
            <Plain text={one.path === '' ? 'all of it' : one.path} />
          </p>
          <div className="grid grid-cols-[minmax(0,1fr)] gap-2 md:grid-cols-2">
            <Side word={was} of={one} side="before" />
            <Side word={is} of={one} side="after" />
          </div>
        </div>
      ))}
    </div>
  );
}

const looks = {
  before: { box: 'border-red/40', part: 'bg-red-tint text-red line-through', sign: '−' },
  after: { box: 'border-green/40', part: 'bg-green-tint text-green underline', sign: '+' },
} as const;

function Side({
  word,
  of,
  side,
}: {
  readonly word: string;
  readonly of: Difference;
  readonly side: 'before' | 'after';
}): ReactNode {
  const { box, part, sign } = looks[side];
  const text = textOf(of[side]);
  const other = textOf(of[side === 'before' ? 'after' : 'before']);
  const Changed = side === 'before' ? 'del' : 'ins';
  return (
    <div className={`min-w-0 rounded-md border bg-sunk ${box}`}>
      <p className="flex items-center gap-2 border-b border-line px-3 py-1 text-xs font-medium text-soft">
        <span aria-hidden="true" className="font-mono">
          {sign}
        </span>
        {word}
      </p>
      <div className="px-3 py-2 font-mono text-[0.8125rem] leading-relaxed whitespace-pre-wrap">
        {text === undefined ? (
          <span className="font-sans text-soft">not there</span>
        ) : other === undefined ? (
          <Plain text={text} />
        ) : (
          <PartsOf text={text} other={other} isBefore={side === 'before'}>
            {(changed) => (
              <Changed className={`rounded-sm decoration-1 ${part}`}>
                <Plain text={changed} />
              </Changed>
            )}
          </PartsOf>
        )}
      </div>
    </div>
  );
}

function PartsOf({
  text,
  other,
  isBefore,
  children,
}: {
  readonly text: string;
  readonly other: string;
  readonly isBefore: boolean;
  readonly children: (changed: string) => ReactNode;
}): ReactNode {
  const cut = isBefore ? parted(text, other) : parted(other, text);
  const changed = isBefore ? cut.before : cut.after;
  return (
    <>
      <Plain text={cut.start} />
      {changed === '' ? null : children(changed)}
      <Plain text={cut.end} />
    </>
  );
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
