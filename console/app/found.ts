import { useEffect, useState } from 'react';

/** So many names are offered for what was typed. */
export const mostFound = 20;

const restMs = 200;

/** What was typed, once somebody rests: a server is not asked at each letter. */
export function useRested(typed: string): string {
  const [rested, rest] = useState(typed);
  useEffect(() => {
    const timer = setTimeout(() => rest(typed), restMs);
    return () => clearTimeout(timer);
  }, [typed]);
  return rested;
}
