import { z } from 'zod';
import { hiddenKinds, type ToldAs } from '#kernel/tool.ts';

/** How results are told to agents, as the document of their server writes it. */
export const toldShape = {
  clean: z.array(z.enum(hiddenKinds)).max(hiddenKinds.length).optional(),
  marks: z.boolean().optional(),
  scored: z.boolean().optional(),
};

export interface ToldSpec {
  readonly clean?: z.infer<typeof toldShape.clean>;
  readonly marks?: boolean | undefined;
  readonly scored?: boolean | undefined;
}

/** As the document says of this one, or of all of the server; absent where both say nothing. */
export function toldAs(
  said: ToldSpec,
  usual: ToldSpec,
): { readonly told?: ToldAs; readonly scored?: true } {
  const scored = (said.scored ?? usual.scored) === true ? ({ scored: true } as const) : {};
  const clean = said.clean ?? usual.clean ?? [];
  const marks = said.marks ?? usual.marks ?? false;
  if (clean.length === 0 && !marks) return scored;
  return { ...scored, told: { clean: hiddenKinds.filter((kind) => clean.includes(kind)), marks } };
}
