import { useEffect } from 'react';

let shown: string | undefined;

/** Whom the page is about; whoever stops from there means that one first. */
export function usePageAgent(agent: string | undefined): void {
  useEffect(() => {
    shown = agent;
    return () => void (shown = undefined);
  }, [agent]);
}

export function pageAgent(): { readonly agent?: string } {
  return shown === undefined ? {} : { agent: shown };
}
