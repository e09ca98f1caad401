import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

/** The id of the trace that a record stands in; undefined where it stands in none. */
export function traceOf(record: object): string | undefined {
  const trace = 'trace' in record ? record.trace : undefined;
  if (typeof trace !== 'string') return undefined;
  const id = trace.length > 32 ? trace.slice(3, 35) : trace;
  return /^[0-9a-f]{32}$/.test(id) ? id : undefined;
}

export function TraceLink({
  trace,
  children,
}: {
  readonly trace: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <Link
      to="/traces/$trace"
      params={{ trace }}
      className="text-accent underline underline-offset-4"
    >
      {children}
    </Link>
  );
}

const mostLinks = 20;

/** The traces that these records stand in: a task has one for each time that it was given something to do. */
export function TracesOf({ records }: { readonly records: readonly object[] }): ReactNode {
  const traces = [...new Set(records.flatMap((record) => traceOf(record) ?? []))];
  if (traces.length === 0) return null;
  return (
    <nav aria-label="Traces" className="border-b border-line px-4 py-3">
      <p className="text-sm text-soft">
        From the prompt to the call of each server, across agents:{' '}
        {traces.length > mostLinks ? `the last ${mostLinks} of ${traces.length} traces` : ''}
      </p>
      <ul className="flex flex-wrap gap-x-4 gap-y-1 font-mono text-[0.8125rem]">
        {traces.slice(-mostLinks).map((trace) => (
          <li key={trace}>
            <TraceLink trace={trace}>{trace.slice(0, 16)}…</TraceLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
