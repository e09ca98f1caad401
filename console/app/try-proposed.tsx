import { type ReactNode, useState } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { AgentField } from './agent-field.tsx';
import { ArgumentsField, argumentsIn, TargetField } from './call-fields.tsx';
import { Button, Card, Field, input } from './parts.tsx';
import { nothingProposed, policyProposal } from './proposal.ts';
import { Replay } from './replay.tsx';
import { api, wordsOf } from './session.ts';
import { TriedAnswer } from './tried-answer.tsx';

type Policy = AnswerOf<'GET /v1/policies'>['policies'][number];
export type Tried = AnswerOf<'POST /v1/policies/try'>;

const asItIs = '';
const another = '+';
const nameOfNew = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** What would be decided of a call, now and with a policy that is written here. Nothing is called and nothing is kept. */
export function TryProposed({ policies }: { readonly policies: readonly Policy[] }): ReactNode {
  const [chosen, choose] = useState(asItIs);
  const [name, setName] = useState('');
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const of = policies.find((one) => one.name === chosen);
  const text = texts[chosen] ?? of?.cedar ?? '';
  const written = chosen === another ? name : chosen;
  const proposal = chosen === asItIs ? nothingProposed : policyProposal(written, text, of);
  return (
    <Card title="Try a call">
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4 p-4">
        <p className="text-soft">
          What would be decided, by the same rules and gates as in the gateway: now, and with a
          policy as it is written here. Nothing is called, and nothing is kept.
        </p>
        <Field label="With">
          {(id) => (
            <select
              id={id}
              className={`${input} sm:max-w-md`}
              value={chosen}
              onChange={(event) => choose(event.target.value)}
            >
              <option value={asItIs}>everything as it is</option>
              {policies.map((one) => (
                <option key={one.name} value={one.name}>
                  {one.shadow ? `${one.name}, out of shadow` : `${one.name}, edited`}
                </option>
              ))}
              <option value={another}>a new policy</option>
            </select>
          )}
        </Field>
        {chosen === another ? (
          <Field label="Its name" hint="Small letters, digits and hyphens.">
            {(id, described) => (
              <input
                id={id}
                aria-describedby={described}
                className={`${input} sm:max-w-md`}
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
        ) : null}
        {chosen === asItIs ? null : (
          <Field label="Policy" hint="Cedar. It stays on this page until somebody applies it.">
            {(id, described) => (
              <textarea
                id={id}
                aria-describedby={described}
                className={`${input} min-h-40 font-mono text-sm`}
                spellCheck={false}
                value={text}
                onChange={(event) => setTexts({ ...texts, [chosen]: event.target.value })}
              />
            )}
          </Field>
        )}
        <Call
          ask={(call) => api.ask('POST /v1/policies/try', { body: { ...proposal, ...call } })}
          why={
            chosen === another && !nameOfNew.test(name) ? 'Give the new policy a name first.' : ''
          }
          isProposed={chosen !== asItIs}
        />
        {chosen === asItIs ? null : (
          <details className="rounded-md border border-line">
            <summary className="cursor-pointer px-4 py-3 font-medium">
              Over everything that was called
            </summary>
            <Replay key={chosen} proposal={proposal} />
          </details>
        )}
      </div>
    </Card>
  );
}

interface CallBody {
  readonly cases: { agent: string; target: string; arguments?: Record<string, unknown> }[];
  readonly nearest: boolean;
}

function Call({
  ask,
  why,
  isProposed,
}: {
  readonly ask: (call: CallBody) => Promise<Tried>;
  readonly why: string;
  readonly isProposed: boolean;
}): ReactNode {
  const [agent, setAgent] = useState('');
  const [target, setTarget] = useState('');
  const [words, setWords] = useState('');
  const [answer, setAnswer] = useState<Tried>();
  const [fault, setFault] = useState('');
  const [isBusy, setBusy] = useState(false);
  async function run(): Promise<void> {
    setFault('');
    setAnswer(undefined);
    setBusy(true);
    try {
      setAnswer(await ask({ cases: [{ agent, target, ...argumentsIn(words) }], nearest: true }));
    } catch (problem) {
      setFault(problem instanceof SyntaxError ? 'The arguments are no JSON.' : wordsOf(problem));
    } finally {
      setBusy(false);
    }
  }
  return (
    <form
      className="grid grid-cols-[minmax(0,1fr)] gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (why === '') void run();
        else setFault(why);
      }}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <AgentField value={agent} onChange={setAgent} required />
        <TargetField value={target} onChange={setTarget} />
      </div>
      <ArgumentsField value={words} onChange={setWords} />
      <Button type="submit" tone="accent" className="justify-self-start" disabled={isBusy}>
        What would happen?
      </Button>
      <div role="status" className="grid grid-cols-[minmax(0,1fr)] gap-3">
        {fault === '' ? null : <p className="text-red">{fault}</p>}
        {answer === undefined ? null : <TriedAnswer of={answer} isProposed={isProposed} />}
      </div>
    </form>
  );
}
