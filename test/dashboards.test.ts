import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { askedByDashboards } from './dashboards.ts';

const page = readFileSync(fileURLToPath(new URL('../docs/metrics.md', import.meta.url)), 'utf8');

/** Each metric of the page with its labels. */
function documented(): ReadonlyMap<string, ReadonlySet<string>> {
  const told = new Map<string, ReadonlySet<string>>();
  for (const line of page.split('\n').filter((one) => one.startsWith('| `bailiwick_'))) {
    const [, names = '', labels = ''] = line.split('|');
    const wordsOf = (text: string) =>
      [...text.matchAll(/`([a-z_]+)`/g)].map(([, word = '']) => word);
    for (const name of wordsOf(names)) told.set(name, new Set(wordsOf(labels)));
  }
  return told;
}

describe('the dashboards for Grafana', () => {
  it('ask for nothing but metrics and labels that the page of metrics names [OBS-01]', () => {
    const known = documented();
    const asked = askedByDashboards();
    expect(asked.length).toBeGreaterThan(10);
    for (const { panel, metrics, labels } of asked) {
      expect(metrics.length, panel).toBeGreaterThan(0);
      for (const metric of metrics) {
        const of = known.get(metric.replace(/_bucket$/, ''));
        expect(of, `${panel}: ${metric}`).toBeDefined();
        for (const label of labels) expect([...(of ?? [])], `${panel}: ${metric}`).toContain(label);
      }
    }
  });
});
