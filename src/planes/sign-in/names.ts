import type { NewPersonSession } from '#contracts/person-session.ts';
import { sha256Hex } from '#kernel/digest.ts';

/**
 * How a human is called here whom a provider signed in: what the provider calls them, and the provider. The
 * second one is for whoever finds the first one taken. INVARIANT: plain letters alone, so that no two names
 * look alike, and never one without a provider, which is how our own people are called.
 */
export function proposedNames({ user, provider }: NewPersonSession): readonly string[] {
  const readable = plain(user.name ?? '') || plain(user.subject) || 'user';
  const own = sha256Hex(`${user.issuer}\n${user.subject}`).slice(0, 12);
  return [`${readable}@${provider}`, `${readable}.${own}@${provider}`];
}

/** `ann@corp.example` is ann: of which provider is said anyway. */
function plain(text: string): string {
  const before = text.split('@', 1)[0] ?? '';
  return before
    .toLowerCase()
    .replace(/[^a-z0-9._+-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 64);
}
