import type { Keyring } from '#contracts/keyring.ts';
import type { PlanePart } from '#contracts/plane-part.ts';
import { signedSnapshot, snapshotKey } from '#contracts/signed-snapshot.ts';
import type { CompilerParts } from '#config/index.ts';
import { carriedSnapshot, compileConfiguration } from '#gateway/configuration.ts';

/** What control makes of a Snapshot, and how gateways take it: with what was made of it, signed. */
export function configurationsOf(
  keyring: Pick<Keyring, 'signer'>,
  parts: readonly PlanePart<unknown>[],
): Pick<CompilerParts, 'compile' | 'carried'> {
  return {
    compile: (snapshot, before) => compileConfiguration(parts, snapshot, before),
    carried: async (configuration) =>
      signedSnapshot(await keyring.signer(snapshotKey), carriedSnapshot(parts, configuration)),
  };
}
