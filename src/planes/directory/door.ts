import type { ReasonedAct } from '#contracts/desk.ts';
import type { DirectoryToken } from '#contracts/directory-book.ts';
import type { ScimAnswer } from './answers.ts';

export interface ScimAsked {
  /** Whose tenant it is, and that whoever asks may say who is there. */
  readonly token: DirectoryToken;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `Users`, `Groups`, or one of the places that say what can be asked. */
  readonly place: string;
  readonly id: string | undefined;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  /** Where it is met: scheme, host, port and path. */
  readonly base: string;
}

/** SCIM 2.0 in. Every change, every read and every refusal is on record. */
export interface ScimDesk {
  /** `api/unauthorized` for whatever is no live token of a directory. */
  tokenOf(bearer: string | undefined): Promise<DirectoryToken>;
  serve(asked: ScimAsked): Promise<ScimAnswer>;
}

export interface IssuedDirectoryToken {
  readonly token: DirectoryToken;
  /** Told once, and kept nowhere. */
  readonly bearer: string;
}

/** Tokens of directories, for admins. */
export interface DirectoryDesk {
  list(tenant: string): Promise<readonly DirectoryToken[]>;
  create(act: ReasonedAct): Promise<IssuedDirectoryToken>;
  end(act: ReasonedAct & { readonly id: string }): Promise<DirectoryToken>;
}
