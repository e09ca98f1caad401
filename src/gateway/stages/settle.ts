import type { StageParts } from '../stages.ts';
import type { Stage } from '../walk.ts';

/** Is the outcome durable before any of it is released? */
export function settleStage({ terminal }: StageParts): Stage {
  return (walk) => terminal.settle(walk);
}
