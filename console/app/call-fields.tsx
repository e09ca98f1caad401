import type { ReactNode } from 'react';
import { Field, input } from './parts.tsx';

interface Text {
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** What a call that is only tried is of. */
export function TargetField({ value, onChange }: Text): ReactNode {
  return (
    <Field label="Tool or model">
      {(id) => (
        <input
          id={id}
          className={input}
          required
          placeholder="server/tool, or model:provider/name"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

/** What it carries; `argumentsIn` reads it. */
export function ArgumentsField({ value, onChange }: Text): ReactNode {
  return (
    <Field label="Arguments" hint="JSON. Without any, what such a call carries at least.">
      {(id, described) => (
        <textarea
          id={id}
          aria-describedby={described}
          className={`${input} min-h-16 font-mono text-sm`}
          placeholder={'{ "amount": 100 }'}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

/** Throws what `JSON.parse` throws. */
export function argumentsIn(words: string): { readonly arguments?: Record<string, unknown> } {
  return words.trim() === '' ? {} : { arguments: JSON.parse(words) as Record<string, unknown> };
}
