import type { ReactNode } from 'react';
import { indented } from './indented.ts';
import { Button } from './parts.tsx';
import { PlainBlock } from './plain.tsx';

const mostAtOnce = 2_000;

/** Whether there is more of it than is shown before somebody asks for the rest. */
export function isLong(text: string | null): boolean {
  return text !== null && indented(text).length > mostAtOnce;
}

/** INVARIANT: as it will be sent; what is folded says how much that is, and is opened before anybody says yes. */
export function WholeArguments({
  text,
  isUnfolded,
  onUnfold,
}: {
  readonly text: string;
  readonly isUnfolded: boolean;
  readonly onUnfold: () => void;
}): ReactNode {
  const whole = indented(text);
  if (isUnfolded || whole.length <= mostAtOnce) {
    return <PlainBlock label="Arguments, whole" text={whole} />;
  }
  return (
    <>
      <PlainBlock label="Arguments, the beginning" text={whole.slice(0, mostAtOnce)} />
      <div>
        <Button onClick={onUnfold}>Show all {whole.length.toLocaleString('en')} characters</Button>
      </div>
    </>
  );
}
