import { type ReactNode, useState } from 'react';
import { Button, Field, input } from './parts.tsx';

/** Names to narrow a list by; what is typed counts once it is asked for, and stands in the address then. */
export function FindBy<Name extends string>({
  names,
  given,
  onFind,
}: {
  readonly names: Readonly<Record<Name, string>>;
  readonly given: Readonly<Partial<Record<Name, string | undefined>>>;
  readonly onFind: (found: Partial<Record<Name, string>>) => void;
}): ReactNode {
  const keys = Object.keys(names) as Name[];
  const [typed, type] = useState<Partial<Record<Name, string>>>({});
  const valueOf = (key: Name) => typed[key] ?? given[key] ?? '';
  return (
    <form
      className="flex flex-wrap items-end gap-3 p-4"
      onSubmit={(event) => {
        event.preventDefault();
        const said = keys.filter((key) => valueOf(key).trim() !== '');
        onFind(
          Object.fromEntries(said.map((key) => [key, valueOf(key).trim()])) as Partial<
            Record<Name, string>
          >,
        );
      }}
    >
      {keys.map((key) => (
        <div key={key} className="min-w-0 grow basis-44 sm:max-w-64">
          <Field label={names[key]}>
            {(id) => (
              <input
                id={id}
                className={input}
                value={valueOf(key)}
                onChange={(event) => type({ ...typed, [key]: event.target.value })}
              />
            )}
          </Field>
        </div>
      ))}
      <Button type="submit" tone="accent">
        Show
      </Button>
    </form>
  );
}
