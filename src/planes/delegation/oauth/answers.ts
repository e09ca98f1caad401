import type { BailiwickError } from '#kernel/errors.ts';

type Answer = Readonly<Record<string, string | undefined>>;

/** Where the browser is sent with the answer. INVARIANT: with who we are (RFC 9207), yes and no alike. */
export function answerAt(
  redirectUri: string,
  answer: Answer & { readonly iss: string; readonly state: string | undefined },
): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(answer)) {
    if (value !== undefined) pairs.set(name, value);
  }
  // What stands there stays as it was registered: nothing of it is written anew.
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${pairs.toString()}`;
}

/** RFC 6749 §4.1.2.1, from a code of ours. */
export function errorNames({ code, message }: Pick<BailiwickError, 'code' | 'message'>) {
  const error = code.startsWith('oauth/') ? code.slice(6).replaceAll('-', '_') : 'server_error';
  return { error, error_description: message.replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, "'") };
}
