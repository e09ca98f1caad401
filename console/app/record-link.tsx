import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Plain } from './plain.tsx';
import { type LogRecord, sentenceOf } from './sentence.ts';

/** A record as a sentence that leads to it. */
export function RecordLink({ record }: { readonly record: LogRecord }): ReactNode {
  const { who, did, what, why } = sentenceOf(record);
  return (
    <Link
      to="/audit/$id"
      params={{ id: record.id }}
      className="min-w-0 underline decoration-line underline-offset-4 hover:decoration-accent"
    >
      <Plain text={who} /> {did} <Plain text={what} />
      {why === '' ? null : (
        <span className="text-soft">
          : <Plain text={why} />
        </span>
      )}
    </Link>
  );
}
