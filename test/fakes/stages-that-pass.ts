import type { Called, Exit } from '#gateway/progress.ts';
import { type StageName, stageNames, type Stages } from '#gateway/index.ts';
import type { Refusal } from '#kernel/errors.ts';

type Found = object | Exit | Refusal;
type AnyStage = (walk: Called & Record<string, unknown>) => Found | Promise<Found>;

/**
 * Stages that find nothing and let everything pass, but for those given: for tests of the path
 * itself, which asks no stage what it is.
 */
export function stagesThatPass(given: Partial<Record<StageName, unknown>>): {
  readonly stages: Stages;
  readonly passed: StageName[];
} {
  const passed: StageName[] = [];
  const stageOf = (name: StageName): AnyStage => {
    const stage = given[name] as AnyStage | undefined;
    return (walk) => {
      passed.push(name);
      return stage?.(walk) ?? {};
    };
  };
  const stages = Object.fromEntries(stageNames.map((name) => [name, stageOf(name)]));
  const beside = { tell: stageOf('resolve'), 'goes-on': () => ({}) };
  return { stages: { ...stages, ...beside } as unknown as Stages, passed };
}
