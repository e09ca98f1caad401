import type { RecordEnvelope } from '#kernel/record.ts';
import { severityOf } from './ocsf/base-event.ts';

/**
 * ArcSight's CEF, version 0, on one line. INVARIANT: no field of a record can begin another one, end its own, or
 * break the line: names are ours, and what stands behind them is escaped.
 */
export function cefEvent(record: RecordEnvelope, _: string, key: string): string {
  const { type, refusal, target, decision, source, call, task, tenant, effect } = record;
  const head = ['CEF:0', 'Bailiwick', 'Bailiwick', '1', type, type, severities[severityOf(record)]];
  const first = record.actors[0];
  const last = record.actors.at(-1);
  const fields: readonly (readonly [string, string | undefined])[] = [
    ['rt', String(Date.parse(record.time) || 0)],
    ['externalId', record.id],
    ['deviceExternalId', record.writer],
    ['cs1Label', 'key'],
    ['cs1', key],
    ['cs2Label', 'tenant'],
    ['cs2', tenant],
    ['suser', first?.name],
    ['sproc', last === first ? undefined : last?.name],
    ['src', /^(?:\d{1,3}\.){3}\d{1,3}$/u.test(source ?? '') ? source : undefined],
    ['request', target?.target ?? record.named],
    ['act', decision?.effect],
    ['outcome', refusal === undefined ? undefined : 'failure'],
    ['reason', refusal?.code],
    ['msg', refusal?.message],
    ['cs3Label', call === undefined ? undefined : 'call'],
    ['cs3', call],
    ['cs4Label', task === undefined ? undefined : 'task'],
    ['cs4', task],
    ['cs5Label', effect === undefined ? undefined : 'effect'],
    ['cs5', effect],
  ];
  const extension = fields.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${inExtension(value)}`],
  );
  return `${head.map((one) => inHead(one ?? '')).join('|')}|${extension.join(' ')}`;
}

/** 0 to 10. */
const severities: Readonly<Record<number, string>> = { 1: '1', 2: '4', 3: '7', 4: '9' };

/** What would end the line or move the cursor of whoever reads it. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}]/gu;

function inHead(text: string): string {
  return text.replace(/[\\|]/gu, '\\$&').replace(unprintable, ' ');
}

function inExtension(text: string): string {
  return text
    .replace(/[\\=]/gu, '\\$&')
    .replace(/\r\n|[\r\n]/gu, '\\n')
    .replace(unprintable, ' ');
}
