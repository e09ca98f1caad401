import type { ReactNode } from 'react';
import { useAsk } from './ask.ts';
import { Field, input } from './parts.tsx';
import { mostFound, useRested } from './found.ts';

/** The name of an agent, with those that have what was typed in theirs: of ten thousand no list is whole. */
export function AgentField({
  label = 'Agent',
  hint,
  value,
  onChange,
  ...rest
}: {
  readonly label?: string;
  readonly hint?: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly required?: boolean;
}): ReactNode {
  const q = useRested(value.trim().slice(0, 256));
  const found = useAsk('GET /v1/agents', {
    query: { limit: String(mostFound), ...(q === '' ? {} : { q }) },
  });
  return (
    <Field label={label} {...(hint === undefined ? {} : { hint })}>
      {(id, described) => (
        <>
          <input
            id={id}
            aria-describedby={described}
            className={input}
            autoComplete="off"
            list={`${id}-names`}
            value={value}
            onChange={(event) => onChange(event.target.value)}
            {...rest}
          />
          <datalist id={`${id}-names`}>
            {(found.data?.agents ?? []).map(({ name }) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}
