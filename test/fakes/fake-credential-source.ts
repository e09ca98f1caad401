import type { Credential, CredentialAsk, CredentialSource } from '#contracts/credential-source.ts';
import type { SideEffect } from '#kernel/call.ts';
import { BailiwickError, type Refusal } from '#kernel/errors.ts';
import type { SealedSecret } from '#kernel/snapshot.ts';

type Answer = Credential | Refusal;

interface Given {
  readonly ask: CredentialAsk;
  readonly ends: SideEffect[];
}

/** A vault elsewhere: it answers when it is told to, and keeps a book of what became of each value. */
export class FakeCredentialSource implements CredentialSource {
  readonly #values = new Map<string, string>();
  /** Each value that it gave, with every end that it was told. */
  readonly given: Given[] = [];
  /** Asks that it has not answered yet, oldest first. */
  readonly waiting: { readonly ask: CredentialAsk; answer: (instead?: Answer) => void }[] = [];
  asked = 0;
  /** Answers at once, without a promise. */
  prompt = false;
  /** Answers by itself, but with a promise. */
  soon = true;
  reusableMs = 0;
  away = false;
  /** It cannot be told that a loan is over. */
  deaf = false;

  put(tenant: string, name: string, value: string): SealedSecret {
    this.#values.set(`${tenant}/${name}`, value);
    return { name, version: 1, wrappedKey: '', sealed: '' };
  }

  lend(ask: CredentialAsk): Answer | Promise<Answer> {
    this.asked += 1;
    if (this.prompt) return this.#give(ask);
    if (this.soon) return Promise.resolve().then(() => this.#give(ask));
    return new Promise((resolve, reject) => {
      const answer = (instead?: Answer): void => {
        try {
          resolve(instead ?? this.#give(ask));
        } catch (fault) {
          reject(fault);
        }
      };
      this.waiting.push({ ask, answer });
    });
  }

  #give(ask: CredentialAsk): Credential {
    const value = this.#values.get(`${ask.tenant}/${ask.secret.name}`);
    if (this.away) throw new TypeError(`no line to the vault that holds ${value}`);
    if (value === undefined) throw new BailiwickError('credentials/unknown-secret');
    const ends: SideEffect[] = [];
    this.given.push({ ask, ends });
    return {
      value,
      reusableMs: this.reusableMs,
      ended: (effect) => {
        ends.push(effect);
        if (this.deaf) throw new TypeError('no line to the vault');
      },
    };
  }
}
