import type { Approval } from '#kernel/grant.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import { holdsRole, type Person } from '#kernel/principal.ts';

/** What is told of the arguments of a held call. */
interface ShownArguments {
  /** Null: they are not for whoever asks, or not any more. */
  readonly arguments: string | null;
  readonly argumentsDigest: string;
  /** Names of the members, never what they say; empty where the arguments are no object, or were erased. */
  readonly fields: readonly string[];
}

/**
 * INVARIANT: whole for whoever may decide this approval, while it waits: that is their work, and what they must see. To
 * anybody else, and once it is over, only by `reveal`: on record, for a purpose. An API token is what its own roles are.
 */
export function shownArguments(
  { state, expiresAt, binding, context }: Approval,
  { person, now }: { readonly person: Pick<Person, 'roles'>; readonly now: number },
): ShownArguments {
  const mayDecide = state === 'pending' && now < expiresAt && holdsRole(person, 'approver');
  const { argumentsText } = context;
  return {
    arguments: mayDecide ? argumentsText : null,
    argumentsDigest: binding.argumentsDigest,
    fields: namesIn(argumentsText),
  };
}

function namesIn(text: string): readonly string[] {
  try {
    const value = parseJson(Buffer.from(text, 'utf8'));
    return isJsonObject(value) ? Object.keys(value).slice(0, 100) : [];
  } catch {
    return [];
  }
}
