import type { Stages } from '../path.ts';
import type { Terminal } from '../terminal.ts';

export interface SettleParts {
  readonly terminal: Pick<Terminal, 'settle'>;
}

/** Is the outcome durable before any of it is released? */
export function settleStage({ terminal }: SettleParts): Stages['settle'] {
  return (walk) => terminal.settle(walk);
}
