/**
 * How many times as long `act` takes for the large input as for the small one. What else runs on the
 * machine only makes it larger, so the least of several rounds is told, each of the best of some
 * turns; `fixed` milliseconds are added to both, so that what is too short to measure is not divided by.
 * A square grows by the square in every round.
 */
export function growth<Input>(
  act: (input: Input) => unknown,
  inputs: { readonly small: Input; readonly large: Input },
  { fixed, enough }: { readonly fixed: number; readonly enough: number },
): number {
  let least = Number.POSITIVE_INFINITY;
  act(inputs.small);
  for (let round = 0; round < 40 && least >= enough; round += 1) {
    const small = best(() => act(inputs.small)) + fixed;
    least = Math.min(least, (best(() => act(inputs.large)) + fixed) / small);
  }
  return least;
}

function best(act: () => unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 5; turn += 1) {
    const start = performance.now();
    act();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}
