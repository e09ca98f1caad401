import type { ClientBook } from '#contracts/client-book.ts';
import type { CodeBook } from '#contracts/code-book.ts';
import type { ConsentBook } from '#contracts/consent-book.ts';
import type { Delegations } from '#contracts/delegations.ts';
import type { OwnTokens } from '#contracts/own-tokens.ts';
import type { PersonSessions } from '#contracts/person-session.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';

export interface TokenParts {
  readonly codes: CodeBook;
  readonly consents: Pick<ConsentBook, 'get'>;
  readonly registered: Pick<ClientBook, 'used'>;
  readonly delegations: Delegations;
  readonly sessions: Pick<PersonSessions, 'get'>;
  readonly own: Pick<OwnTokens, 'readAccess'>;
  readonly snapshot: () => Snapshot | undefined;
  readonly resourceOrigins: () => ReadonlySet<string>;
  readonly clock: Clock;
}
