import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText, type JsonObject } from '#kernel/json/index.ts';
import { coverageOf } from './coverage.ts';
import { factsOf } from './made.ts';
import type { FileFacts, PackDraft, PromisedKeep } from './pack-draft.ts';
import type { Period } from './periods.ts';
import type { EvidencePack } from './policy.ts';
import { type AskRecords, writeReport } from './write-report.ts';

const checkedBy = 'bailiwick audit check-bundle FOLDER --keys FILE';

export interface PackParts {
  readonly tenant: string;
  readonly ask: AskRecords;
  readonly sign: (facts: string) => string;
  readonly verdict: () => Promise<JsonObject>;
  readonly keep: () => PromisedKeep | undefined;
}

/**
 * Each report a bundle of its own, what verify says of the logs, which rules led to what, a list of all files, and a
 * signature over the list. How many records.
 */
export async function writePack(
  pack: EvidencePack,
  period: Period,
  parts: PackParts & { readonly draft: PackDraft },
): Promise<number> {
  const { draft, ask, tenant, sign } = parts;
  // First: the logs are not read for packs that speak of a broken one alone.
  const verdict = await parts.verdict();
  draft.append('verdict/report.json', `${canonicalText(verdict)}\n`);
  const reports = await writeReports(pack, period, parts);
  const coverage = await coverageOf(period, ask);
  draft.append('coverage/report.json', `${canonicalText(coverage)}\n`);
  const facts = factsOf(pack, period, tenant);
  const keep = parts.keep();
  const list = canonicalText({
    ...facts,
    ...(keep === undefined ? {} : { keep: { minimumMs: keep.minimumMs, by: [...keep.by] } }),
    reports: reports.told,
    verdict: verdict['status'] ?? '',
    files: asJson(draft.files()),
  });
  draft.append('pack.json', `${list}\n`);
  const digest = sha256Hex(Buffer.from(`${list}\n`));
  draft.append('pack.note', sign(canonicalText({ ...facts, manifest: digest })));
  return reports.records;
}

async function writeReports(
  pack: EvidencePack,
  period: Period,
  { draft, ask }: Pick<PackParts, 'ask'> & { readonly draft: PackDraft },
): Promise<{ readonly told: JsonObject; readonly records: number }> {
  const told: Record<string, JsonObject> = {};
  let records = 0;
  for (const report of pack.of) {
    const written = await writeReport(report, period, { ask, append: draft.append });
    const files = filesBelow(report, draft.files());
    const form = 'bailiwick-audit-bundle/1';
    const manifest = { form, checkedBy, ...written.page, files };
    draft.append(`${report}/manifest.json`, `${canonicalText(manifest)}\n`);
    told[report] = { records: written.told.records, types: { ...written.told.types } };
    records += written.told.records;
  }
  return { told, records };
}

function filesBelow(folder: string, files: Readonly<Record<string, FileFacts>>): JsonObject {
  const below = Object.entries(files).filter(([path]) => path.startsWith(`${folder}/`));
  return asJson(
    Object.fromEntries(below.map(([path, facts]) => [path.slice(folder.length + 1), facts])),
  );
}

const asJson = (files: Readonly<Record<string, FileFacts>>): JsonObject =>
  Object.fromEntries(Object.entries(files).map(([path, facts]) => [path, { ...facts }]));
