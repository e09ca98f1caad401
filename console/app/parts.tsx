import { type ComponentProps, type ReactNode, useEffect, useId, useRef } from 'react';
import type { Mark } from './mark.ts';

export type { Mark } from './mark.ts';

type Tone = 'plain' | 'accent' | 'danger';
const tones: Record<Tone, string> = {
  plain: 'border-edge bg-surface text-ink hover:bg-sunk',
  accent: 'border-accent bg-accent text-accent-ink hover:opacity-90',
  danger: 'border-red bg-surface text-red hover:bg-red-tint',
};

export function Button({
  tone = 'plain',
  className = '',
  ...rest
}: ComponentProps<'button'> & { readonly tone?: Tone }): ReactNode {
  return (
    <button
      type="button"
      className={`inline-flex min-h-9 items-center justify-center gap-2 rounded-md border px-3.5 py-1.5 text-sm font-medium whitespace-nowrap disabled:cursor-not-allowed disabled:border-line disabled:border-dashed disabled:bg-sunk disabled:text-soft ${tones[tone]} ${className}`}
      {...rest}
    />
  );
}

export function Field({
  label,
  hint,
  children,
}: {
  readonly label: string;
  readonly hint?: string;
  readonly children: (id: string, described: string | undefined) => ReactNode;
}): ReactNode {
  const id = useId();
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children(id, hint === undefined ? undefined : `${id}-hint`)}
      {hint === undefined ? null : (
        <p id={`${id}-hint`} className="text-[0.8125rem] text-soft">
          {hint}
        </p>
      )}
    </div>
  );
}

export const input =
  'min-h-9 w-full rounded-md border border-edge bg-surface px-3 py-1.5 text-ink placeholder:text-soft';

const marks: Record<Mark, { readonly sign: string; readonly look: string }> = {
  good: { sign: '✓', look: 'border-green/40 bg-green-tint text-green' },
  bad: { sign: '✕', look: 'border-red/40 bg-red-tint text-red' },
  care: { sign: '!', look: 'border-amber/40 bg-amber-tint text-amber' },
  quiet: { sign: '·', look: 'border-line bg-sunk text-soft' },
};

/** A sign and a word: never colour alone. */
export function Badge({
  mark,
  children,
}: {
  readonly mark: Mark;
  readonly children: ReactNode;
}): ReactNode {
  const { sign, look } = marks[mark];
  return (
    <span
      className={`inline-flex items-center gap-1.5 rounded-full border px-2 py-px text-xs font-medium whitespace-nowrap ${look}`}
    >
      <span aria-hidden="true" className="font-bold">
        {sign}
      </span>
      {children}
    </span>
  );
}

export function Page({
  title,
  lead,
  aside,
  children,
}: {
  readonly title: ReactNode;
  readonly lead?: ReactNode;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <div className="mx-auto grid w-full max-w-5xl grid-cols-[minmax(0,1fr)] gap-6 px-4 py-6 sm:px-8 sm:py-8">
      <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
        <div className="grid gap-1">
          <h1
            id="page-title"
            tabIndex={-1}
            className="text-2xl font-semibold tracking-tight outline-none"
          >
            {title}
          </h1>
          {lead === undefined ? null : <p className="text-soft">{lead}</p>}
        </div>
        {aside}
      </header>
      {children}
    </div>
  );
}

export function Card({
  title,
  aside,
  children,
}: {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}): ReactNode {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className="overflow-hidden rounded-lg border border-line bg-surface"
    >
      <div className="flex min-h-12 flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-2">
        <h2 id={id} className="font-semibold">
          {title}
        </h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** What a list says when it has nothing: what that means, and what would fill it. */
export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ReactNode;
}): ReactNode {
  return (
    <div className="grid justify-items-start gap-1 px-4 py-6">
      <p className="font-medium">{title}</p>
      <div className="max-w-prose text-soft">{children}</div>
    </div>
  );
}

export function Failed({
  words,
  again,
}: {
  readonly words: string;
  readonly again?: () => void;
}): ReactNode {
  return (
    <div role="alert" className="grid justify-items-start gap-3 px-4 py-5">
      <Badge mark="bad">could not be read</Badge>
      <p className="max-w-prose">{words}</p>
      {again === undefined ? null : <Button onClick={again}>Try again</Button>}
    </div>
  );
}

export function Waiting(): ReactNode {
  return (
    <p className="px-4 py-6 text-soft" aria-busy="true">
      Reading…
    </p>
  );
}

export const code = 'rounded bg-sunk px-1.5 py-0.5 font-mono text-[0.85em]';

/** The browser's own: it keeps the focus inside, Escape closes it, and the focus goes back to the opener. */
export function Dialog({
  title,
  onClose,
  children,
  wide = false,
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly wide?: boolean;
}): ReactNode {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const opener = document.activeElement;
    ref.current?.showModal();
    // The browser takes the first; what is meant is marked.
    ref.current?.querySelector<HTMLElement>('[data-first]')?.focus();
    return () => {
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      aria-labelledby={id}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === ref.current) onClose();
      }}
      className={`w-[calc(100vw-2rem)] rounded-xl border border-line bg-surface p-0 shadow-2xl ${wide ? 'mt-[12vh] max-w-xl' : 'max-w-md'}`}
    >
      <div className="grid gap-4 p-5">
        <h2 id={id} className={wide ? 'sr-only' : 'text-lg font-semibold'}>
          {title}
        </h2>
        {children}
      </div>
    </dialog>
  );
}

export function Facts({
  of,
}: {
  readonly of: readonly (readonly [string, ReactNode])[];
}): ReactNode {
  return (
    <dl className="grid gap-x-6 gap-y-3 px-4 py-4 sm:grid-cols-[10rem_minmax(0,1fr)]">
      {of.map(([name, value]) => (
        <div key={name} className="grid gap-0.5 sm:contents">
          <dt className="text-sm text-soft">{name}</dt>
          <dd className="min-w-0 [overflow-wrap:anywhere]">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
