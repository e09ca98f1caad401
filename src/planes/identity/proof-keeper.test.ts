import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProofToUse } from '#contracts/fellows.ts';
import { limits } from '#kernel/limits.ts';
import { fakeCircle } from '../../../test/fakes/fake-fellows.ts';
import { createNonces } from './nonces.ts';
import { createProofKeeper } from './proof-keeper.ts';

const start = 1_790_000_000_000;
const key = randomBytes(32);

/** Gateways that can end and begin anew, over one clock and one key. */
function world(count: number) {
  const circle = fakeCircle(count, (name) => name.length);
  let now = start;
  let machine = 1;
  const begin = (index: number, generation: number) => {
    const nonces = createNonces({ key, generation, machineMs: () => machine });
    const fellows = circle.fellows[index] ?? { keeperOf: () => undefined };
    const keeper = createProofKeeper({ nonces, fellows, entries: 100_000 });
    circle.join(index, { useProof: (proof) => keeper.useOwn(proof, now) });
    return { nonces, keeper };
  };
  const gateways = Array.from({ length: count }, (_, index) => begin(index, 0));
  return {
    gateways,
    get now() {
      return now;
    },
    pass: (ms: number) => {
      now += ms;
      machine += Math.max(1, ms);
    },
    end: (index: number) => circle.leave(index),
    restart(index: number) {
      machine += 1;
      gateways[index] = begin(index, machine);
    },
  };
}

type World = ReturnType<typeof world>;

function proofFrom({ gateways, now }: World, by: number, jti: string): ProofToUse {
  const nonces = gateways[by]?.nonces;
  const generation = nonces?.generationOf(nonces.current(now), now) ?? -1;
  return { thumbprint: 't', jti, issuedAt: now, generation };
}

async function use({ gateways, now }: World, at: number, proof: ProofToUse): Promise<string> {
  return (await gateways[at]?.keeper.use(proof, now))?.use ?? 'nobody';
}

describe('a proof that several gateways may be shown', () => {
  it('passes once, at whichever of them', async () => {
    const it = world(3);
    for (const jti of ['aaaaaaaa', 'bbbbbbbbb', 'cccccccccc']) {
      const proof = proofFrom(it, 0, jti);
      expect(await use(it, 1, proof)).toBe('fresh');
      for (const at of [0, 1, 2]) expect(await use(it, at, proof)).toBe('used');
    }
  });

  it('proves nothing while its keeper is away, and when it waited until it was old', async () => {
    const it = world(2);
    const proofs = ['aaaaaaaaa', 'aaaaaaaa'].map((jti) => proofFrom(it, 0, jti));
    // By the length of its name this fake deals them out: one of the two is kept by the other.
    it.end(1);
    const uses = await Promise.all(proofs.map((proof) => use(it, 0, proof)));
    expect(uses.toSorted()).toEqual(['fresh', 'unasked']);
    const late = proofs.map((proof) => ({ ...proof, jti: `${proof.jti}zz` }));
    it.restart(1);
    it.pass(limits.proofAgeMs + limits.clockSkewMs + 1);
    for (const proof of late) expect(['old', 'stale']).toContain(await use(it, 0, proof));
  });

  it('never passes twice, whoever ends, begins anew or has its clock set back meanwhile', async () => {
    const act = fc.oneof(
      fc.record({ do: fc.constant('new' as const), by: fc.nat(2), at: fc.nat(2) }),
      fc.record({ do: fc.constant('again' as const), which: fc.nat(40), at: fc.nat(2) }),
      fc.record({ do: fc.constant('restart' as const), index: fc.nat(2) }),
      fc.record({ do: fc.constant('end' as const), index: fc.nat(2) }),
      fc.record({
        do: fc.constant('pass' as const),
        ms: fc.integer({ min: -200_000, max: 60_000 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 60 }), async (acts) => {
        const it = world(3);
        const passed: ProofToUse[] = [];
        let made = 0;
        for (const one of acts) {
          if (one.do === 'restart') it.restart(one.index);
          else if (one.do === 'end') it.end(one.index);
          else if (one.do === 'pass') it.pass(one.ms);
          else if (one.do === 'new') {
            made += 1;
            const proof = proofFrom(it, one.by, 'x'.repeat(8 + (made % 50)) + made);
            if ((await use(it, one.at, proof)) === 'fresh') passed.push(proof);
          } else {
            const proof = passed[one.which % Math.max(1, passed.length)];
            if (proof !== undefined) expect(await use(it, one.at, proof)).not.toBe('fresh');
          }
        }
      }),
    );
  });
});
