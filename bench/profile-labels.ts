import type { FrameLabels } from './profile.ts';

interface Frame {
  readonly functionName: string;
  readonly url: string;
}

/** Parts of Node, by its own files. The first that fits counts. */
const internals: readonly (readonly [RegExp, string])[] = [
  [/^node:_http_outgoing/, 'HTTP out'],
  [/^node:(_http_|http|internal\/http)/, 'HTTP in'],
  [/^node:(_tls|tls|internal\/tls)/, 'TLS'],
  [/^node:(net|internal\/net|internal\/stream_base_commons|_stream)/, 'sockets'],
  [/^node:(stream|internal\/streams|internal\/webstreams)/, 'streams'],
  [/^node:(crypto|internal\/crypto)/, 'crypto'],
  [/^node:internal\/process\/(task_queues|promises)/, 'nextTick'],
  [/^node:(timers|internal\/timers)/, 'timers'],
  [/^node:(fs|internal\/fs)/, 'files'],
  [/^node:(buffer|internal\/buffer|string_decoder)/, 'buffers'],
  [/^node:(async_hooks|internal\/async)/, 'async hooks'],
  [/^node:(events|internal\/events|internal\/event_target|internal\/abort)/, 'events'],
  [/^node:(worker_threads|internal\/worker|internal\/child_process|internal\/per_)/, 'messages'],
  [/^node:/, 'node, the rest'],
];

/** Native functions that say by their name what they do. */
const natives: readonly (readonly [RegExp, string])[] = [
  [/^\(garbage collector\)$/, 'gc'],
  [/^\(program\)$/, 'native code, no JavaScript above'],
  [
    /^(writev|writeBuffer|writeUtf8String|writeLatin1String|writeAsciiString|readStart)$/,
    'sockets',
  ],
  [/^(runMicrotasks|processTicksAndRejections)$/, 'nextTick'],
  [/^(hash|oneShotDigest|sign|verify|SignJob|HmacJob|update|digest|final)$/, 'crypto'],
];

/** What a frame of a profile is part of. */
export function labelOf({ functionName, url }: Frame): FrameLabels {
  const name = nameOf(functionName, url);
  const none = { stage: undefined, room: undefined, internal: undefined, name };
  if (url === '') return { ...none, internal: firstOf(natives, functionName) };
  if (url.startsWith('node:')) return { ...none, internal: firstOf(internals, url) };
  const own = /\/src\/(.+)$/.exec(url)?.[1];
  const packaged = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (packaged !== undefined) return { ...none, room: packaged };
  if (own === undefined) return none;
  return { ...none, stage: stageOf(own), room: roomOf(own) };
}

function firstOf(list: readonly (readonly [RegExp, string])[], text: string): string | undefined {
  return list.find(([pattern]) => pattern.test(text))?.[1];
}

/** Steps of a call that are no gates stand beside the stages. */
const steps = /^gateway\/(?:stages\/([^/.]+)|(intake|carry|carry-stream|release|terminal)\.ts)/;

function stageOf(path: string): string | undefined {
  const found = steps.exec(path);
  return found?.[1] ?? found?.[2];
}

/** Two folders say where it is; of adapters three. */
function roomOf(path: string): string {
  const folders = path.split('/').slice(0, -1);
  return folders.slice(0, folders[0] === 'adapters' ? 3 : 2).join('/');
}

function nameOf(functionName: string, url: string): string {
  if (functionName.startsWith('(')) return functionName;
  const file = url
    .replace(/^.*\/(?=src\/|node_modules\/)/, '')
    .replace(/^(src|node_modules)\//, '');
  return `${functionName === '' ? '(anonymous)' : functionName} ${file}`.trim();
}
