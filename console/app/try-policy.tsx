import { type ReactNode, useState } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { api } from './session.ts';
import { AgentField } from './agent-field.tsx';
import { ArgumentsField, argumentsIn, TargetField } from './call-fields.tsx';
import { Badge, Button, Card, type Mark } from './parts.tsx';
import { Plain, PlainBlock } from './plain.tsx';
import { wordsOf } from './session.ts';

type Answer = AnswerOf<'POST /v1/policies/explain'>;

const effects: Readonly<Record<Answer['effect'], { readonly mark: Mark; readonly word: string }>> =
  {
    allow: { mark: 'good', word: 'would go on' },
    approve: { mark: 'care', word: 'would be held' },
    deny: { mark: 'bad', word: 'would be refused' },
  };

/** What would be decided now, by what decides in the gateway. Nothing is called. */
export function TryPolicy({ target: given = '' }: { readonly target?: string }): ReactNode {
  const [agent, setAgent] = useState('');
  const [target, setTarget] = useState(given);
  const [words, setWords] = useState('');
  const [answer, setAnswer] = useState<Answer>();
  const [fault, setFault] = useState('');
  async function ask(): Promise<void> {
    setFault('');
    setAnswer(undefined);
    try {
      setAnswer(
        await api.ask('POST /v1/policies/explain', {
          body: { agent, target, ...argumentsIn(words) },
        }),
      );
    } catch (problem) {
      setFault(problem instanceof SyntaxError ? 'The arguments are no JSON.' : wordsOf(problem));
    }
  }
  return (
    <Card title="Try a call">
      <form
        className="grid gap-4 p-4"
        onSubmit={(event) => {
          event.preventDefault();
          void ask();
        }}
      >
        <p className="text-soft">
          What would be decided now, by the same rules and gates as in the gateway. Nothing is
          called.
        </p>
        <div className="grid gap-4 sm:grid-cols-2">
          <AgentField value={agent} onChange={setAgent} required />
          <TargetField value={target} onChange={setTarget} />
        </div>
        <ArgumentsField value={words} onChange={setWords} />
        <Button type="submit" tone="accent" className="justify-self-start">
          What would happen?
        </Button>
        <div role="status" className="grid grid-cols-[minmax(0,1fr)] gap-3">
          {fault === '' ? null : <p className="text-red">{fault}</p>}
          {answer === undefined ? null : <Told answer={answer} />}
        </div>
      </form>
    </Card>
  );
}

function Told({ answer }: { readonly answer: Answer }): ReactNode {
  const { mark, word } = answer.refusal === null ? effects[answer.effect] : effects.deny;
  return (
    <>
      <p className="flex flex-wrap items-center gap-3">
        <Badge mark={mark}>{word}</Badge>
        {answer.targetKnown ? null : <span>Nothing here is called so.</span>}
        {answer.rules.length === 0 ? null : (
          <span>
            by <Plain text={answer.rules.join(', ')} />
          </span>
        )}
      </p>
      <PlainBlock label="Why" text={answer.lines.join('\n')} />
    </>
  );
}
