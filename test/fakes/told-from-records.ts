import type { ToldRecord, ToldRecords } from '#contracts/told-records.ts';
import type { RecordDraft } from '#kernel/record.ts';

const kinds: Readonly<Record<string, ToldRecord['kind']>> = {
  'policy.intent': 'asked',
  'policy.outcome': 'told',
  'policy.outcome-part': 'part',
};

/** What was recorded in a test, as logs would tell it; every task began with nothing. */
export function toldFrom(
  records: readonly RecordDraft[],
  bodies: ReadonlyMap<RecordDraft, Uint8Array>,
): ToldRecords {
  const told = (draft: RecordDraft, index: number): ToldRecord[] => {
    const kind = kinds[draft.type];
    if (kind === undefined) return [];
    const body = bodies.get(draft);
    return [
      {
        id: `r${index + 1}`,
        writer: 'w',
        at: index + 1,
        kind,
        call: draft.call ?? '',
        target: draft.target?.target,
        effect: draft.target?.effectClass,
        untrusted: draft.labels?.out.includes('integrity:untrusted') === true,
        carried: draft.labels?.out ?? [],
        refused: draft.refusal !== undefined,
        didNothing: draft.effect === 'none',
        text: body === undefined ? undefined : Buffer.from(body).toString('utf8'),
      },
    ];
  };
  const begun: ToldRecord = {
    id: 'r0',
    writer: 'control',
    at: 0,
    kind: 'begun',
    call: '',
    target: undefined,
    effect: undefined,
    untrusted: false,
    carried: [],
    refused: false,
    didNothing: false,
    text: undefined,
  };
  return {
    async of({ task, since }) {
      const own = records.flatMap((draft, index) =>
        draft.task === task ? told(draft, index) : [],
      );
      const all = [begun, ...own].filter(({ at }) => at >= since);
      return { records: all, next: undefined, isWhole: true };
    },
  };
}
