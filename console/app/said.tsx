import type { ReactNode } from 'react';
import { code } from './parts.tsx';
import { Plain } from './plain.tsx';

/** A sentence of ours: between backquotes stands what is typed. */
export function Said({ text }: { readonly text: string }): ReactNode {
  return text.split('`').map((part, at) =>
    at % 2 === 0 ? (
      <Plain key={at} text={part} />
    ) : (
      <code key={at} className={`${code} text-ink`}>
        <Plain text={part} />
      </code>
    ),
  );
}
