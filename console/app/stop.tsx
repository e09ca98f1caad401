import { type ReactNode, useState } from 'react';
import { AgentField } from './agent-field.tsx';
import { act } from './ask.ts';
import { Button, Dialog, Field, input } from './parts.tsx';
import { ReasonDialog } from './reason-dialog.tsx';
import { type Me, wordsOf } from './session.ts';
import { tell } from './told.tsx';

/** What is stopped: an agent by its name, or everything of the tenant. */
export type StopAsked = { readonly agent?: string };

export function StopDialog({
  me,
  asked,
  onClose,
}: {
  readonly me: Me;
  readonly asked: StopAsked;
  readonly onClose: () => void;
}): ReactNode {
  const [isOne, setOne] = useState(asked.agent !== undefined);
  const [agent, setAgent] = useState(asked.agent ?? '');
  // INVARIANT: two keys stop one agent at most; for all of them somebody writes why.
  const [reason, setReason] = useState(asked.agent === undefined ? '' : 'stopped from the console');
  const [fault, setFault] = useState('');
  const every = `every agent of ${me.tenant}`;
  const named = isOne ? (agent === '' ? 'one agent' : `the agent ${agent}`) : every;
  async function stop(): Promise<void> {
    const target = isOne
      ? ({ kind: 'agent', name: agent } as const)
      : ({ kind: 'tenant', name: me.tenant } as const);
    try {
      const done = await act('POST /v1/stops', { params: {}, body: { target, reason } });
      tell(`Stopped: ${done.stopped}. It is in force on every gateway within a second.`);
      onClose();
    } catch (problem) {
      setFault(wordsOf(problem));
    }
  }
  return (
    <Dialog title={`Stop ${named}`} onClose={onClose}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void stop();
        }}
      >
        <p className="text-soft">
          Nothing of it passes until an admin releases it. Calls that run already are not undone.
        </p>
        <Field label="What">
          {(id) => (
            <select
              id={id}
              className={input}
              value={isOne ? 'one' : 'every'}
              onChange={(event) => setOne(event.target.value === 'one')}
            >
              <option value="every">Every agent of {me.tenant}</option>
              <option value="one">One agent</option>
            </select>
          )}
        </Field>
        {isOne ? <AgentField value={agent} onChange={setAgent} required /> : null}
        <Field label="Reason" hint="It stands in the record.">
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
          <button
            type="submit"
            className="min-h-9 rounded-md border border-red bg-red px-3.5 py-1.5 text-sm font-medium text-surface"
          >
            Stop now
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export interface Releasable {
  readonly kind: string;
  readonly name: string;
}

export function ReleaseDialog({
  of,
  onClose,
}: {
  readonly of: Releasable;
  readonly onClose: () => void;
}): ReactNode {
  async function release(reason: string): Promise<string> {
    const target =
      of.kind === 'all' ? { kind: 'all' as const } : (of as { kind: 'agent'; name: string });
    const done = await act('POST /v1/stops/release', { params: {}, body: { target, reason } });
    return `Released: ${done.released}.`;
  }
  return (
    <ReasonDialog
      title={`Release ${of.kind === 'all' ? 'everything' : `${of.kind} ${of.name}`}`}
      hint="Why it may go on; it stands in the record."
      word="Release"
      tone="accent"
      run={release}
      onClose={onClose}
    />
  );
}
