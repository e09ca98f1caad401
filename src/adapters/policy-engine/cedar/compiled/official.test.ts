import { describe, expect, it } from 'vitest';
import {
  absent,
  compare,
  generatedCases,
  integrationCases,
  newComparison,
} from './official.suite.ts';

/** One case in so many; `./bailiwick soak` asks for all of them. */
const oneIn = Number(process.env['BAILIWICK_CEDAR_CORPUS_ONE_IN'] ?? 8);
const seed = Number(process.env['BAILIWICK_CEDAR_SEED'] ?? 20_261);

/** The machine may be busy: what is compared counts here, not how long it takes. */
const patience = { timeout: oneIn === 1 ? 1_200_000 : 300_000 };

describe('the official Cedar tests, by compiled rules', patience, () => {
  it('are answered as recorded: decision, reasons and errors of every integration test [POL-21]', (context) => {
    if (absent !== undefined) context.skip(absent);
    const compared = newComparison();
    for (const each of integrationCases()) compare(each, compared);
    expect(compared).toMatchObject({ differences: [], fallen: [] });
    expect(compared.requests).toBeGreaterThan(60);
  });

  it('are answered as recorded by the generated cases, and no rule falls back [POL-21]', (context) => {
    if (absent !== undefined) context.skip(absent);
    const compared = newComparison();
    for (const each of generatedCases((index) => index % oneIn === seed % oneIn)) {
      compare(each, compared);
    }
    expect(compared).toMatchObject({ differences: [], fallen: [] });
    expect(compared.requests).toBeGreaterThan(55_000 / oneIn);
  });
});
