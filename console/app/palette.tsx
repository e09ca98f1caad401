import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, type ReactNode, useState } from 'react';
import { useAsk } from './ask.ts';
import { mostFound, useRested } from './found.ts';
import { Dialog, input } from './parts.tsx';
import { Plain } from './plain.tsx';
import { type Me, signOut } from './session.ts';
import { mayDo, mayStop, screens } from './screens.ts';
import { nextTheme, useTheme } from './theme.ts';

interface Choice {
  readonly name: string;
  readonly hint: string;
  readonly run: () => void;
}

/** Everything by its name: a combobox whose list is walked by arrows. */
export function Palette({
  me,
  stop,
  onClose,
}: {
  readonly me: Me;
  readonly stop: () => void;
  readonly onClose: () => void;
}): ReactNode {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const found = useChoices(me, stop, text).filter(({ name }) =>
    name.toLowerCase().includes(text.trim().toLowerCase()),
  );
  const chosen = Math.min(at, found.length - 1);
  const run = (choice: Choice | undefined) => {
    if (choice === undefined) return;
    onClose();
    // After the dialog has given the focus back.
    setTimeout(choice.run, 0);
  };
  function onKey(event: KeyboardEvent): void {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setAt((chosen + step + found.length) % Math.max(found.length, 1));
    }
    if (event.key === 'Enter') {
      event.preventDefault();
      run(found[chosen]);
    }
  }
  return (
    <Dialog title="Go to" onClose={onClose} wide>
      <input
        className={input}
        role="combobox"
        aria-label="Go to a screen, an agent or an action"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={found.length === 0 ? undefined : `palette-${chosen}`}
        placeholder="A screen, an agent, an approval, an action"
        data-first
        value={text}
        onKeyDown={onKey}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
      />
      <ul
        id="palette-list"
        role="listbox"
        aria-label="What there is"
        className="grid max-h-[50vh] gap-px overflow-y-auto"
      >
        {found.map((choice, index) => (
          <li
            key={`${choice.name} ${choice.hint}`}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === chosen}
            onClick={() => run(choice)}
            className={`flex min-h-9 cursor-pointer items-center justify-between gap-4 rounded-md px-3 py-1.5 ${index === chosen ? 'bg-tint text-accent' : ''}`}
          >
            <span className="min-w-0">
              <Plain text={choice.name} />
            </span>
            <span className="text-xs whitespace-nowrap text-soft">{choice.hint}</span>
          </li>
        ))}
      </ul>
      <p role="status" className="text-sm text-soft">
        {found.length === 0 ? 'Nothing is called so.' : ''}
      </p>
    </Dialog>
  );
}

/** The server is asked by the first word alone: by that both are called. The rest narrows what it found. */
function useFound(text: string) {
  const [q = ''] = useRested(text).trim().toLowerCase().split(/\s+/);
  const query = { limit: String(mostFound), ...(q === '' ? {} : { q: q.slice(0, 256) }) };
  const agents = useAsk('GET /v1/agents', { query });
  const pending = useAsk('GET /v1/approvals', { query: { state: 'pending', ...query } });
  return { agents, pending };
}

function useChoices(me: Me, stop: () => void, text: string): readonly Choice[] {
  const navigate = useNavigate();
  const { agents, pending } = useFound(text);
  const { theme, setTheme } = useTheme();
  return [
    ...screens
      .filter(({ needs }) => mayDo(me, needs))
      .map(({ to, name, key }) => ({ name, hint: `g ${key}`, run: () => void navigate({ to }) })),
    ...(mayStop(me) ? [{ name: 'Stop…', hint: 'Shift S', run: stop }] : []),
    {
      name: 'Refused this week',
      hint: 'audit',
      run: () => void navigate({ to: '/audit', search: { view: 'refused-this-week' } }),
    },
    ...(pending.data?.approvals ?? []).map(({ id, agent, target }) => ({
      name: `${agent} wants to call ${target}`,
      hint: `approval ${id.slice(-4)}`,
      run: () => void navigate({ to: '/approvals/$id', params: { id } }),
    })),
    ...(agents.data?.agents ?? []).map(({ name }) => ({
      name,
      hint: 'agent',
      run: () => void navigate({ to: '/agents', search: { agent: name } }),
    })),
    { name: `Theme: ${nextTheme(theme)}`, hint: 'look', run: () => setTheme(nextTheme(theme)) },
    { name: 'Sign out', hint: me.name, run: () => void signOut() },
  ];
}
