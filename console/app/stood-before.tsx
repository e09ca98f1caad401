import type { ReactNode } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { Moment } from './moment.tsx';
import { Plain } from './plain.tsx';

type One = AnswerOf<'GET /v1/approvals/{id}'>;

/** What would stand otherwise than its task was told last, value beside value. */
export function StoodBefore({ one }: { readonly one: One }): ReactNode {
  if (one.before === null || one.before.length === 0) return null;
  return (
    <section aria-labelledby="changes">
      <h3 id="changes" className="mb-1 font-medium">
        What it would change
      </h3>
      <ul className="grid gap-2">
        {one.before.map((value) => (
          <li key={value.argument} className="rounded-md border border-line px-3 py-2">
            <p className="font-medium">
              <Plain text={value.argument} />
            </p>
            <p>
              <span className="text-soft">was </span>
              {value.was === null ? (
                <span className="text-soft">{untold[value.untold ?? 'long']}</span>
              ) : (
                <del className="no-underline">
                  <Plain text={value.was} />
                </del>
              )}
            </p>
            <p>
              <span className="text-soft">becomes </span>
              <ins className="font-medium no-underline">
                <Plain text={value.becomes} />
              </ins>
            </p>
            <p className="text-sm text-soft">
              as <Plain text={value.from} /> told this task, <Moment at={value.at} />; it may stand
              otherwise by now
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

const untold: Readonly<Record<'guarded' | 'long', string>> = {
  guarded: 'not shown: it is secret, or of another company',
  long: 'not shown: it is too long',
};
