import type { JsonObject } from '#kernel/json/value.ts';
import type { ControlParts } from '../parts.ts';
import type { WebAsked } from '../web-route.ts';
import type { PresentedClient } from './client-auth.ts';
import type { Fields } from './fields.ts';

export interface GrantAsked extends Pick<WebAsked, 'origin' | 'headers' | 'source'> {
  readonly parts: ControlParts;
  readonly fields: Fields;
  /** As it says; whoever serves the grant has it judged. */
  readonly client: PresentedClient;
}

/** RFC 6749 §5.1, RFC 8693 §2.2.1. INVARIANT: on record before it is told. */
export interface TokenAnswer extends JsonObject {
  readonly access_token: string;
  readonly token_type: string;
  readonly expires_in: number;
}

export type Grant = (asked: GrantAsked) => Promise<TokenAnswer>;
