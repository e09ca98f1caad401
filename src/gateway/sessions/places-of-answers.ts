import type { KeyringWrapper } from '#contracts/keyring.ts';
import { canonicalBytes, parseJson } from '#kernel/json/index.ts';

/** Where somebody is in an answer, as its client says it. */
export interface Place {
  readonly session: string;
  readonly token: string;
  /** Its request, so that its client can be told even where nothing is known of it any more. */
  readonly method: string;
  readonly id: string | number;
  /** The place of the message that it has read last. */
  readonly after: number;
}

type Named = Omit<Place, 'after'>;

const form = 'a.';
const context = 'mcp-answer\n1';
const longest = 2_048;

/** Whether a text says a place in an answer at all; what else it may be is not ours to know. */
export function isPlace(text: string): boolean {
  return text.startsWith(form);
}

export function sealedName(
  seal: Pick<KeyringWrapper, 'wrap'>,
  { session, token, method, id }: Named,
): string {
  const bytes = seal.wrap(canonicalBytes([session, token, method, id]), context);
  return `${form}${Buffer.from(bytes).toString('base64url')}`;
}

const placeForm = /^a\.([A-Za-z0-9_-]+)\.(0|[1-9]\d{0,8})$/;

/** INVARIANT: of another session is as good as made up. */
export function placeIn(
  seal: Pick<KeyringWrapper, 'unwrap'>,
  text: string,
  session: string,
): Place | undefined {
  const [, sealed, after] = text.length > longest ? [] : (placeForm.exec(text) ?? []);
  if (sealed === undefined) return undefined;
  let named: unknown;
  try {
    named = parseJson(seal.unwrap(Buffer.from(sealed, 'base64url'), context));
  } catch {
    return undefined;
  }
  if (!Array.isArray(named)) return undefined;
  const [of, token, method, id] = named as readonly unknown[];
  if (of !== session || typeof token !== 'string' || typeof method !== 'string') return undefined;
  if (typeof id !== 'string' && typeof id !== 'number') return undefined;
  return { session, token, method, id, after: Number(after) };
}
