import { type ReactNode, useState } from 'react';
import { Button, Dialog, Field, input } from './parts.tsx';
import { wordsOf } from './session.ts';
import { tell } from './told.tsx';

/** An act that wants a reason. */
export function ReasonDialog({
  title,
  lead,
  hint = 'It stands in the record.',
  word,
  tone = 'danger',
  run,
  onClose,
}: {
  readonly title: string;
  readonly lead?: string;
  readonly hint?: string;
  readonly word: string;
  readonly tone?: 'danger' | 'accent';
  readonly run: (reason: string) => Promise<string>;
  readonly onClose: () => void;
}): ReactNode {
  const [reason, setReason] = useState('');
  const [fault, setFault] = useState('');
  async function go(): Promise<void> {
    try {
      tell(await run(reason.trim()));
      onClose();
    } catch (problem) {
      setFault(wordsOf(problem));
    }
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void go();
        }}
      >
        {lead === undefined ? null : <p className="text-soft">{lead}</p>}
        <Field label="Reason" hint={hint}>
          {(id, described) => (
            <input
              id={id}
              aria-describedby={described}
              className={input}
              required
              data-first
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
        <p role="alert" className={fault === '' ? 'hidden' : 'text-red'}>
          {fault}
        </p>
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone={tone} disabled={reason.trim() === ''}>
            {word}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
