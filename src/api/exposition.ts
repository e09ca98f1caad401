/** The text form of Prometheus (0.0.4). */
export type Sample = readonly [labels: Readonly<Record<string, string | number>>, value: number];

export interface Metric {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly help: string;
  /** The last part of the name, where a histogram has several. */
  readonly samples: readonly (Sample | readonly [...Sample, suffix: string])[];
}

export function exposition(metrics: readonly Metric[]): string {
  return metrics.map((metric) => `${family(metric)}\n`).join('');
}

function family({ name, type, help, samples }: Metric): string {
  const lines = samples.map(
    ([labels, value, suffix = '']) => `${name}${suffix}${labelText(labels)} ${number(value)}`,
  );
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines].join('\n');
}

function labelText(labels: Sample[0]): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${escaped(String(value))}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function number(value: number): string {
  return value === Infinity ? '+Inf' : String(value);
}
