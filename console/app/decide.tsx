import { type ReactNode, useId, useState } from 'react';
import { Button, Card, Field, input } from './parts.tsx';
import { wordsOf } from './session.ts';
import { tell } from './told.tsx';

interface Choice {
  readonly word: string;
  readonly what: string;
  /** False of what this person may not do; `what` says why. */
  readonly isOpen?: boolean;
  /** Answers what to say of what came of it. */
  readonly run: (reason: string) => Promise<string>;
}

/** A decision of a person. INVARIANT: nothing is chosen before, Enter decides nothing, no button is the wanted one. */
export function DecideCard({
  hint,
  aside,
  children,
  isReady = true,
  choices,
}: {
  readonly hint: string;
  readonly aside?: ReactNode;
  readonly children?: ReactNode;
  /** Whether what must be looked at first was looked at. */
  readonly isReady?: boolean;
  readonly choices: readonly Choice[];
}): ReactNode {
  const [reason, setReason] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState('');
  const noteId = useId();
  async function decide(choice: Choice): Promise<void> {
    setBusy(true);
    setFault('');
    try {
      tell(await choice.run(reason.trim()));
    } catch (problem) {
      setFault(wordsOf(problem));
    } finally {
      setBusy(false);
    }
  }
  const isOpen = isReady && reason.trim() !== '' && !isBusy;
  return (
    <Card title="Your decision" aside={aside}>
      <div className="grid gap-4 p-4">
        {children}
        <Field label="Reason" hint={hint}>
          {(id, described) => (
            <textarea
              id={id}
              aria-describedby={described}
              className={`${input} min-h-20`}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
        <p role="alert" className={fault === '' ? 'hidden' : 'text-red'}>
          {fault}
        </p>
        <div className="grid gap-3 sm:grid-cols-2">
          {choices.map((choice) => (
            <div key={choice.word} className="grid content-start gap-1.5">
              <Button
                className="min-h-11 w-full border-ink"
                aria-describedby={isOpen ? undefined : noteId}
                disabled={!isOpen || choice.isOpen === false}
                onClick={() => void decide(choice)}
              >
                {choice.word}
              </Button>
              <p className="text-sm text-soft">{choice.what}</p>
            </div>
          ))}
        </div>
        <p id={noteId} className={isOpen || isBusy ? 'hidden' : 'text-sm text-soft'}>
          {isReady ? 'Write a reason, and you can decide.' : 'Look at what stands above first.'}
        </p>
      </div>
    </Card>
  );
}
