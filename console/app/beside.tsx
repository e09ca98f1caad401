import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useAsk } from './ask.ts';
import { Moment } from './moment.tsx';
import { Badge, Card } from './parts.tsx';
import { Plain } from './plain.tsx';

/** What its task did before, and what people said to the like of it. */
export function Beside({ id }: { readonly id: string }): ReactNode {
  const { data } = useAsk('GET /v1/approvals/{id}/beside', { params: { id } });
  if (data === undefined) return null;
  const { story, similar } = data;
  return (
    <>
      <Card title="Before it, in the same task">
        {story === null ? (
          <p className="px-4 py-3 text-soft">The index of the records cannot be asked now.</p>
        ) : null}
        {story?.length === 0 ? (
          <p className="px-4 py-3 text-soft">It is the first call of its task.</p>
        ) : null}
        <ol className="divide-y divide-line">
          {(story ?? []).map((one) => (
            <li key={`${one.call} ${one.at}`} className="flex flex-wrap gap-3 px-4 py-2.5">
              <Moment at={one.at} />
              <Plain text={one.target} />
              <span className="text-soft">{one.became}</span>
              {one.brought.map((label) => (
                <Badge key={label} mark="care">
                  <Plain text={`brought ${label}`} />
                </Badge>
              ))}
            </li>
          ))}
        </ol>
      </Card>
      <Card title="What was said to the like of it">
        {similar.length === 0 ? (
          <p className="px-4 py-3 text-soft">Nobody has decided about this target lately.</p>
        ) : null}
        <ul className="divide-y divide-line">
          {similar.map((one) => (
            <li key={one.id} className="flex flex-wrap gap-3 px-4 py-2.5">
              <Badge mark={one.verdict === 'approved' ? 'good' : 'bad'}>{one.verdict}</Badge>
              <Link
                to="/approvals/$id"
                params={{ id: one.id }}
                className="font-medium underline decoration-edge underline-offset-4"
              >
                <Moment at={one.at} />
              </Link>
              <span>
                <Plain text={one.by} />, for <Plain text={one.agent} />: <Plain text={one.reason} />
              </span>
              {one.sameSinks ? null : (
                <span className="text-soft">other arguments were asked about</span>
              )}
            </li>
          ))}
        </ul>
      </Card>
    </>
  );
}
