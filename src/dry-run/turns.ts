const inOneGo = 20;

export const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Of work that is done piece by piece on a loop which others share: they get a turn after every so many. */
export class Turns {
  #done = 0;

  async next(): Promise<void> {
    this.#done += 1;
    if (this.#done % inOneGo === 0) await nextTurn();
  }
}
