import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../docs/dashboards', import.meta.url));

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}

export interface Asked {
  /** Whose, for people. */
  readonly panel: string;
  readonly expr: string;
  readonly metrics: readonly string[];
  /** What it selects or groups by, `le` among them. */
  readonly labels: readonly string[];
}

/** Every question that a panel of ours asks of Prometheus. */
export function askedByDashboards(): readonly Asked[] {
  return readdirSync(folder).flatMap((file) => {
    const { panels } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
      panels: readonly Panel[];
    };
    return panels.flatMap(({ title, targets }) =>
      targets.map(({ expr }) => ({ panel: `${file}: ${title}`, expr, ...wordsIn(expr) })),
    );
  });
}

function wordsIn(expr: string): Pick<Asked, 'metrics' | 'labels'> {
  const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(',').map((one) => one.trim()),
  );
  const selected = [...expr.matchAll(/([a-z_]+)(?:=|!=|=~|!~)"/g)].map(([, name = '']) => name);
  const metrics = [...expr.matchAll(/\bbailiwick_[a-z_]+/g)].map(([name]) => name);
  return { metrics: [...new Set(metrics)], labels: [...new Set([...grouped, ...selected])] };
}
