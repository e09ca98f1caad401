import type { ReactNode } from 'react';

/** One of two, as a radio group: arrows change it. */
export function Either({
  name,
  of,
  isSecond,
  onChange,
}: {
  readonly name: string;
  readonly of: readonly [string, string];
  readonly isSecond: boolean;
  readonly onChange: (second: boolean) => void;
}): ReactNode {
  return (
    <fieldset className="flex rounded-md border border-edge bg-surface p-0.5 text-sm">
      <legend className="sr-only">Which</legend>
      {of.map((word, at) => (
        <label
          key={word}
          className="cursor-pointer rounded px-3 py-1 has-checked:bg-tint has-checked:font-semibold has-checked:text-accent has-focus-visible:outline-2 has-focus-visible:outline-accent"
        >
          <input
            type="radio"
            name={name}
            className="sr-only"
            checked={isSecond === (at === 1)}
            onChange={() => onChange(at === 1)}
          />
          {word}
        </label>
      ))}
    </fieldset>
  );
}
