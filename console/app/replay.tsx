import { Link, useSearch } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { useAsk } from './ask.ts';
import { Button, Card, code, Field, input, Page } from './parts.tsx';
import { Plain } from './plain.tsx';
import { changeProposal, nothingProposed, type Proposal } from './proposal.ts';
import { ReplayResult } from './replay-result.tsx';
import { mayDo } from './screens.ts';
import { api, wordsOf } from './session.ts';
import { usePerson } from './shell.tsx';
import { State } from './tools.tsx';

export type Replayed = AnswerOf<'POST /v1/policies/replay'>;

/** A change that waits, over what was really called: what would have been answered otherwise. */
export function ReplayPage(): ReactNode {
  const { change } = useSearch({ from: '/policies/replay' });
  return (
    <Page
      title="Replay"
      lead="Recorded calls, decided again as if something else were in force. Nothing is sent and nothing changes."
    >
      {change === undefined ? (
        <Card title="By what is in force">
          <Replay proposal={nothingProposed} />
        </Card>
      ) : (
        <OfChange key={change} id={change} />
      )}
      <p className="text-sm text-soft">
        The same by command:{' '}
        <code className={code}>
          bailiwick policy replay{change === undefined ? '' : ' --change '}
          <Plain text={change ?? ''} /> --since 7d --purpose '…'
        </code>
      </p>
    </Page>
  );
}

function OfChange({ id }: { readonly id: string }): ReactNode {
  const asked = useAsk('GET /v1/changes/{id}', { params: { id } });
  const one = asked.data;
  return (
    <Card
      title={one === undefined ? 'A change' : one.review.documents.join(', ')}
      aside={
        <Link
          to="/changes/$id"
          params={{ id }}
          className="text-accent underline underline-offset-4"
        >
          The change
        </Link>
      }
    >
      <State of={asked} />
      {one === undefined ? null : <Replay proposal={changeProposal(one)} />}
    </Card>
  );
}

const spans: readonly (readonly [string, number])[] = [
  ['24 hours', 86_400_000],
  ['7 days', 7 * 86_400_000],
  ['30 days', 30 * 86_400_000],
];

/** It looks into sealed arguments: by whom and what for goes on record. */
export function Replay({ proposal }: { readonly proposal: Proposal }): ReactNode {
  const { me } = usePerson();
  const [back, setBack] = useState(spans[1]?.[1] ?? 0);
  const [agent, setAgent] = useState('');
  const [purpose, setPurpose] = useState('');
  const { state, begin, stop } = useReplay();
  if (!mayDo(me, 'privacy'))
    return (
      <p className="px-4 py-4 text-soft">
        A replay looks into sealed arguments: people of the role privacy begin one.
      </p>
    );
  return (
    <form
      className="grid grid-cols-[minmax(0,1fr)] gap-4 p-4"
      onSubmit={(event) => {
        event.preventDefault();
        const since = new Date(Date.now() - back).toISOString();
        const of = agent.trim() === '' ? {} : { agent: agent.trim() };
        begin({ ...proposal, since, ...of, purpose });
      }}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="What was called in">
          {(id) => (
            <select
              id={id}
              className={input}
              value={back}
              onChange={(event) => setBack(Number(event.target.value))}
            >
              {spans.map(([words, ms]) => (
                <option key={words} value={ms}>
                  the last {words}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="By this agent alone">
          {(id) => (
            <input
              id={id}
              className={input}
              placeholder="all of them"
              value={agent}
              onChange={(event) => setAgent(event.target.value)}
            />
          )}
        </Field>
      </div>
      <Field label="What for" hint="It looks into sealed arguments; this goes on record.">
        {(id, described) => (
          <input
            id={id}
            aria-describedby={described}
            className={input}
            required
            value={purpose}
            onChange={(event) => setPurpose(event.target.value)}
          />
        )}
      </Field>
      {state.kind === 'running' ? (
        <Button className="justify-self-start" onClick={stop}>
          Ask no more
        </Button>
      ) : (
        <Button type="submit" tone="accent" className="justify-self-start">
          Decide again
        </Button>
      )}
      <div role="status" className="grid grid-cols-[minmax(0,1fr)] gap-3">
        {state.kind === 'running' ? <Progress of={state.told} /> : null}
        {state.kind === 'failed' ? <p className="text-red">{state.words}</p> : null}
        {state.kind === 'done' ? <ReplayResult of={state.told} /> : null}
      </div>
    </form>
  );
}

function Progress({ of }: { readonly of: Replayed | undefined }): ReactNode {
  const running = of?.running ?? undefined;
  const words =
    running === undefined
      ? 'Deciding again…'
      : `${running.records} of at most ${running.of} records…`;
  return (
    <label className="grid gap-1 text-soft">
      {words}
      {running === undefined || running.of === 0 ? (
        <progress className="w-full sm:max-w-md" />
      ) : (
        <progress className="w-full sm:max-w-md" max={running.of} value={running.records} />
      )}
    </label>
  );
}

type ReplayState =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'running'; readonly told: Replayed | undefined }
  | { readonly kind: 'failed'; readonly words: string }
  | { readonly kind: 'done'; readonly told: Replayed };

type Asked = Proposal & {
  readonly since: string;
  readonly agent?: string;
  readonly purpose: string;
};

/** Asked on until it is done. Whoever leaves asks no more, and then it ends by itself. */
function useReplay() {
  const [state, setState] = useState<ReplayState>({ kind: 'nothing' });
  const current = useRef(0);
  useEffect(() => () => void (current.current += 1), []);
  async function run(asked: Asked): Promise<void> {
    const mine = (current.current += 1);
    const isMine = () => current.current === mine;
    setState({ kind: 'running', told: undefined });
    try {
      let told: Replayed = await api.ask('POST /v1/policies/replay', { body: asked });
      while (told.running !== null && isMine()) {
        setState({ kind: 'running', told });
        told = await api.ask('GET /v1/policies/replays/{id}', { params: { id: told.running.id } });
      }
      if (isMine()) setState({ kind: 'done', told });
    } catch (fault) {
      if (isMine()) setState({ kind: 'failed', words: wordsOf(fault) });
    }
  }
  return {
    state,
    begin: (asked: Asked) => void run(asked),
    stop: () => {
      current.current += 1;
      setState({ kind: 'nothing' });
    },
  };
}
