import { expect, it } from 'vitest';
import { gateNames } from '../../src/dry-run/explain/gates.ts';
import { stageNames } from '../../src/gateway/stage-names.ts';

it('a call is explained gate by gate, in the order of the path [POL-07]', () => {
  expect(gateNames).toEqual(stageNames);
});
