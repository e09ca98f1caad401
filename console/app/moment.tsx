import { type ReactNode, useEffect, useState } from 'react';

/** UTC, exact, with the distance beside it. */
export function Moment({
  at,
  since = true,
}: {
  readonly at: string;
  readonly since?: boolean;
}): ReactNode {
  const now = useNow();
  const local = new Date(at).toLocaleString();
  return (
    <time dateTime={at} title={`${local} by this machine's clock`} className="tabular-nums">
      {at.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC')}
      {since ? <span className="text-soft"> · {distance(Date.parse(at) - now)}</span> : null}
    </time>
  );
}

export function Distance({ to }: { readonly to: string }): ReactNode {
  const now = useNow();
  return (
    <time dateTime={to} title={to}>
      {distance(Date.parse(to) - now)}
    </time>
  );
}

function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 15_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function distance(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1_000);
  const of: readonly (readonly [number, string])[] = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  const [size, unit] = of.find(([least]) => seconds >= least) ?? [1, 's'];
  if (seconds < 5) return 'now';
  const told = `${Math.floor(seconds / size)} ${unit}`;
  return ms < 0 ? `${told} ago` : `in ${told}`;
}
