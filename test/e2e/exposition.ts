/** One sample of the text form of Prometheus. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const nameForm = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const pairForm = '([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\\\\n]|\\\\["\\\\n])*)"';
const line = new RegExp(`^(${nameForm})(?:\\{(${pairForm}(?:,${pairForm})*)\\})? (\\S+)$`);
const value = /^(?:[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?)|\+Inf|-Inf|NaN)$/i;
const types = ['gauge', 'counter', 'histogram'];
const suffixes = ['', '_bucket', '_sum', '_count'];

/**
 * The strict reader of what `/metrics` says: a family has its HELP and TYPE before its samples and
 * stands in one piece, nothing stands twice, counters end in `_total`, histograms add up.
 */
export function parseExposition(text: string): readonly Sample[] {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const samples: Sample[] = [];
  const seen = new Set<string>();
  const families = new Map<string, string>();
  let family = '';
  let helped = '';
  for (const one of text.slice(0, -1).split('\n')) {
    const help = /^# HELP (\S+) \S.*$/.exec(one)?.[1];
    const type = /^# TYPE (\S+) (\S+)$/.exec(one);
    if (help !== undefined) {
      if (families.has(help)) throw new Error(`a second family \`${help}\``);
      helped = help;
    } else if (type !== null) {
      const [, name = '', kind = ''] = type;
      if (name !== helped || !types.includes(kind)) throw new Error(`a stray type: ${one}`);
      if ((kind === 'counter') !== name.endsWith('_total'))
        throw new Error(`a wrong name: ${name}`);
      families.set(name, kind);
      family = name;
    } else {
      const sample = sampleOf(one);
      const known = suffixes.some(
        (suffix) =>
          sample.name === family + suffix &&
          (suffix === '' || families.get(family) === 'histogram'),
      );
      if (!known) throw new Error(`a sample of no family: ${one}`);
      const key = `${sample.name} ${Object.entries(sample.labels).map(String).sort().join(' ')}`;
      if (seen.has(key)) throw new Error(`twice: ${one}`);
      seen.add(key);
      samples.push(sample);
    }
  }
  checkHistograms(samples);
  return samples;
}

function sampleOf(text: string): Sample {
  const match = line.exec(text);
  const amount = match?.at(-1) ?? '';
  if (match === null || !value.test(amount)) throw new Error(`no sample: ${text}`);
  const labels: Record<string, string> = {};
  for (const [, name = '', said = ''] of (match[2] ?? '').matchAll(new RegExp(pairForm, 'g'))) {
    if (name in labels) throw new Error(`a label twice: ${text}`);
    labels[name] = said;
  }
  return { name: match[1] ?? '', labels, value: Number(amount.replace('Inf', 'Infinity')) };
}

/** Each step holds the ones before it, and the last is the count. */
function checkHistograms(samples: readonly Sample[]): void {
  for (const { name, labels, value: count } of samples.filter((one) =>
    one.name.endsWith('_count'),
  )) {
    const bucket = name.replace(/_count$/, '_bucket');
    const own = samples.filter(
      (one) => one.name === bucket && one.labels['gateway'] === labels['gateway'],
    );
    const steps = own.map((one) => Number((one.labels['le'] ?? '').replace('+Inf', 'Infinity')));
    const isRising = own.every((one, at) => at === 0 || one.value >= (own[at - 1]?.value ?? 0));
    const isSorted = steps.every((step, at) => at === 0 || step > (steps[at - 1] ?? 0));
    const last = own.at(-1);
    if (!isRising || !isSorted || last?.labels['le'] !== '+Inf' || last.value !== count) {
      throw new Error(`a histogram that does not add up: ${name}`);
    }
  }
}
