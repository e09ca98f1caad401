import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { visibleText } from '#kernel/text/index.ts';
import type { Scene } from './stage.ts';

export interface Ending {
  readonly scenes: number;
  readonly failed: number;
  /** What `audit verify` found in the log that was left behind. */
  readonly audit: string;
  readonly records: number;
  readonly data: string | undefined;
}

export interface Narrator {
  begin(): void;
  scene(scene: Scene): void;
  end(ending: Ending): void;
}

export function createNarrator(json: boolean, write: (text: string) => void): Narrator {
  return json ? jsonNarrator(write) : calmNarrator(write);
}

function jsonNarrator(write: (text: string) => void): Narrator {
  return {
    begin: () => undefined,
    scene: (scene) => write(`${canonicalText(scene as unknown as JsonObject)}\n`),
    end: ({ scenes, failed, audit, records, data }) =>
      write(
        `${canonicalText({ event: 'finished', ok: failed === 0 && isSound(audit), scenes, failed, audit, records, data: data ?? null })}\n`,
      ),
  };
}

function calmNarrator(write: (text: string) => void): Narrator {
  return {
    begin() {
      write('\nHarbour & Lane, ship chandlers, let three agents work. Bailiwick stands between\n');
      write('them and four tool servers: billing, customers, tickets, handbook.\n\n');
    },
    scene(scene) {
      const { ok, told, decision, code, record, proof, note } = scene;
      const why = code === null ? decision : `${decision} (${code})`;
      const beside = note === undefined ? '' : `, ${visibleText(note, { maxLength: 200 })}`;
      const proved = proof === 'verified' ? 'proved' : 'not proved';
      write(`${ok ? '✔' : '✘'} ${told}: ${why}${beside} · ${record ?? 'no record'} ${proved}\n`);
    },
    end({ scenes, failed, audit, records, data }) {
      const went = failed === 0 ? 'all as told' : `${failed} not as told`;
      write(`\n${scenes} scenes, ${went}. Audit log: ${records} records, ${audit}.\n`);
      write(
        data === undefined
          ? 'Nothing was kept. `bailiwick demo --data DIR` keeps the log; then check it yourself:\n  bailiwick audit verify --data DIR\n'
          : `Check the log yourself:\n  bailiwick audit verify --data ${data}\n`,
      );
    },
  };
}

export function isSound(audit: string): boolean {
  return audit === 'consistent' || audit === 'witnessed';
}
