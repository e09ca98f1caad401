import type { ReactNode } from 'react';

/** What a reader would not see, or would see in another place than it stands. */
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u3164\uffa0]/gu;

/**
 * The one way by which text that others wrote reaches the page. INVARIANT: as text nodes, whole, and with a mark
 * for each character that hides, reorders or does not print; nothing in it is a link, markup or code.
 */
export function Plain({ text }: { readonly text: string }): ReactNode {
  const pieces: ReactNode[] = [];
  let from = 0;
  for (const match of text.matchAll(hidden)) {
    if (match[0] === '\n' || match[0] === '\t') continue;
    if (match.index > from) pieces.push(text.slice(from, match.index));
    const point = (match[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    pieces.push(
      <span
        key={match.index}
        className="mx-px rounded-sm border border-amber bg-amber-tint px-1 font-mono text-[0.75em] text-amber"
      >
        U+{point}
      </span>,
    );
    from = match.index + match[0].length;
  }
  pieces.push(text.slice(from));
  return <bdi className="[overflow-wrap:anywhere]">{pieces}</bdi>;
}

/** A value of JSON, whole, as it will be sent. */
export function PlainBlock({
  text,
  label,
}: {
  readonly text: string;
  readonly label: string;
}): ReactNode {
  return (
    <pre
      // It scrolls, so it must be reached by keyboard.
      tabIndex={0}
      role="region"
      aria-label={label}
      className="overflow-x-auto rounded-md border border-line bg-sunk p-3 font-mono text-[0.8125rem] leading-relaxed whitespace-pre-wrap"
    >
      <Plain text={text} />
    </pre>
  );
}
