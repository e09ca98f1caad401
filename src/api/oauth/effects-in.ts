import { BailiwickError } from '#kernel/errors.ts';
import { type EffectClass, effectClasses } from '#kernel/tool.ts';

/** `scope`: classes of effect, parted by spaces. INVARIANT: an unknown one is refused, never passed over. */
export function effectsIn(scope: string | undefined): readonly EffectClass[] | undefined {
  if (scope === undefined) return undefined;
  const words = scope.split(' ');
  const found = effectClasses.filter((effect) => words.includes(effect));
  if (new Set(words).size === found.length) return found;
  throw new BailiwickError('oauth/invalid-scope');
}
