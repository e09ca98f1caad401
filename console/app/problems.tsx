import type { ReactNode } from 'react';
import type { AnswerOf } from '../../sdk/api/index.ts';
import { Badge } from './parts.tsx';
import { Plain } from './plain.tsx';
import { problemWords } from './proposal.ts';

/** Why what is proposed cannot be in force; then nothing was tried. */
export function Problems({
  of,
}: {
  readonly of: AnswerOf<'POST /v1/policies/try'>['problems'];
}): ReactNode {
  if (of.length === 0) return null;
  return (
    <div className="grid gap-2">
      <p>
        <Badge mark="bad">cannot be in force</Badge> Nothing was decided by it. Mend this first:
      </p>
      <ul className="grid list-disc gap-1 pl-5">
        {of.map((one, at) => (
          <li key={at}>
            <Plain text={problemWords(one)} />
          </li>
        ))}
      </ul>
    </div>
  );
}
