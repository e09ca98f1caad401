import type { EffectClass } from '#kernel/tool.ts';
import { type NamedEntry, section } from './section.ts';

/** By which kind of token users are brought: one of their own, or an assertion that their provider made for us. */
export const exchangeUses = ['token', 'id-jag'] as const;

export type ExchangeUse = (typeof exchangeUses)[number];

/** That somebody who may write documents has consented for users: a policy, not a click. */
export interface ExchangeEntry extends NamedEntry {
  readonly agent: string;
  readonly provider: string;
  readonly groups: readonly string[];
  readonly everyone: boolean;
  readonly effects: readonly EffectClass[];
  readonly uses: readonly ExchangeUse[];
  /** To whom the provider may have given the token; undefined: to anybody for whom it is meant. */
  readonly clients?: readonly string[];
  readonly maxMs: number;
  /** The token that was brought goes along, sealed, for authorization servers of tool servers that need it. */
  readonly carries?: true;
  /** Of the document: a changed one is another consent. */
  readonly digest: string;
}

export const exchangeSection = section<ExchangeEntry>('exchanges');
