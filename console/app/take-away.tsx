import { type ReactNode, useState } from 'react';
import { Button } from './parts.tsx';
import { wordsOf } from './session.ts';

/** A button that makes a file; says how much came, or why nothing did. */
export function TakeAway({
  word,
  run,
}: {
  readonly word: string;
  readonly run: () => Promise<string>;
}): ReactNode {
  const [told, tell] = useState('');
  const [isBusy, setBusy] = useState(false);
  async function take(): Promise<void> {
    setBusy(true);
    tell('');
    try {
      tell(await run());
    } catch (fault) {
      tell(wordsOf(fault));
    } finally {
      setBusy(false);
    }
  }
  return (
    <span className="flex flex-wrap items-center gap-3">
      <Button disabled={isBusy} onClick={() => void take()}>
        {word}
      </Button>
      <span role="status" className="text-sm text-soft">
        {told}
      </span>
    </span>
  );
}
