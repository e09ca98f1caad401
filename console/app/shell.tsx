import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { createContext, type ReactNode, use, useEffect, useState } from 'react';
import { useAsk } from './ask.ts';
import { Palette } from './palette.tsx';
import { Button } from './parts.tsx';
import type { Me } from './session.ts';
import { signOut } from './session.ts';
import { mayDo, mayStop, screens } from './screens.ts';
import { type StopAsked, StopDialog } from './stop.tsx';
import { nextTheme, useTheme } from './theme.ts';
import { Told } from './told.tsx';

const Person = createContext<
  { readonly me: Me; readonly stop: (asked: StopAsked) => void } | undefined
>(undefined);

export function usePerson() {
  const person = use(Person);
  if (person === undefined) throw new Error('nobody is signed in here');
  return person;
}

const themeNames = { system: 'System', light: 'Light', dark: 'Dark', contrast: 'Contrast' };

export function Shell({ me }: { readonly me: Me }): ReactNode {
  const [stopping, stop] = useState<StopAsked>();
  const [isPalette, setPalette] = useState(false);
  useKeys({ me, stop, palette: () => setPalette(true) });
  useTitle();
  const { theme, setTheme } = useTheme();
  return (
    <Person value={{ me, stop }}>
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:z-30 focus:bg-surface focus:p-3"
      >
        Skip to the content
      </a>
      <div className="grid min-h-dvh grid-cols-[minmax(0,1fr)] sm:grid-cols-[13rem_minmax(0,1fr)]">
        <Rail me={me} />
        <div className="flex min-w-0 flex-col pb-16 sm:pb-0">
          <header className="sticky top-0 z-10 flex min-h-14 flex-wrap items-center gap-2 border-b border-line bg-surface px-4 py-2 sm:px-8">
            <Button
              className="mr-auto text-soft"
              onClick={() => setPalette(true)}
              aria-keyshortcuts="Control+K"
            >
              Go to…{' '}
              <kbd className="hidden rounded border border-line px-1 font-sans text-xs sm:inline">
                Ctrl K
              </kbd>
            </Button>
            <span className="hidden text-sm text-soft md:inline">
              {me.name} · {me.tenant}
            </span>
            <span className="hidden sm:inline">
              <Button onClick={() => setTheme(nextTheme(theme))}>
                <span className="sr-only">Theme: </span>
                {themeNames[theme]}
              </Button>
            </span>
            {mayStop(me) ? (
              <Button tone="danger" onClick={() => stop({})} aria-keyshortcuts="Shift+S">
                <span aria-hidden="true" className="size-2.5 rounded-[2px] bg-red" />
                Stop
              </Button>
            ) : null}
          </header>
          <main id="main" className="grow">
            <Outlet />
          </main>
        </div>
      </div>
      {stopping === undefined ? null : (
        <StopDialog me={me} asked={stopping} onClose={() => stop(undefined)} />
      )}
      {isPalette ? (
        <Palette me={me} stop={() => stop({})} onClose={() => setPalette(false)} />
      ) : null}
      <Told />
    </Person>
  );
}

function Rail({ me }: { readonly me: Me }): ReactNode {
  const pending = useAsk('GET /v1/approvals', { query: { state: 'pending' } }, { everyMs: 15_000 });
  const waiting = pending.data?.approvals.length ?? 0;
  return (
    <div className="fixed inset-x-0 bottom-0 z-10 border-t border-line bg-surface sm:static sm:border-t-0 sm:border-r">
      <div className="sm:sticky sm:top-0 sm:h-dvh">
        <nav
          aria-label="Console"
          className="grid grid-flow-col sm:grid-flow-row sm:gap-0.5 sm:px-3"
        >
          <p className="hidden px-2.5 pt-5 pb-5 font-semibold tracking-tight sm:block">Bailiwick</p>
          {screens
            .filter(({ needs }) => mayDo(me, needs))
            .map(({ to, name }) => (
              <Link
                key={to}
                to={to}
                activeOptions={{ exact: to === '/' }}
                className="flex min-h-14 items-center justify-center gap-1.5 px-1 text-sm sm:min-h-9 sm:justify-between sm:rounded-md sm:px-2.5"
                activeProps={{ className: 'bg-tint font-semibold text-accent' }}
                inactiveProps={{ className: 'text-soft hover:bg-sunk hover:text-ink' }}
              >
                {name}
                {to === '/approvals' && waiting > 0 ? (
                  <span className="rounded-full bg-accent px-1.5 text-xs font-semibold text-accent-ink">
                    {waiting}
                    <span className="sr-only"> waiting</span>
                  </span>
                ) : null}
              </Link>
            ))}
        </nav>
        <div className="absolute inset-x-3 bottom-4 hidden sm:block">
          <Button className="w-full" onClick={() => void signOut()}>
            Sign out
          </Button>
        </div>
      </div>
    </div>
  );
}

interface Keys {
  readonly me: Me;
  readonly stop: (asked: StopAsked) => void;
  readonly palette: () => void;
}

/** Single letters count outside of fields and dialogs only. */
function useKeys({ me, stop, palette }: Keys): void {
  const navigate = useNavigate();
  useEffect(() => {
    let afterG = false;
    function onKey(event: KeyboardEvent): void {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        palette();
        return;
      }
      const at = event.target instanceof Element ? event.target : document.body;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (at.closest('input, textarea, select, dialog') !== null) return;
      if (event.key === 'S' && mayStop(me)) {
        event.preventDefault();
        stop({});
      } else if (afterG) {
        const screen = screens.find(({ key, needs }) => key === event.key && mayDo(me, needs));
        if (screen !== undefined) void navigate({ to: screen.to });
      }
      afterG = event.key === 'g';
    }
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [me, stop, palette, navigate]);
}

/** Whoever goes elsewhere is told where they are, by the title and by where the focus is. */
function useTitle(): void {
  const { pathname } = useLocation();
  useEffect(() => {
    const part = pathname.split('/').find((one) => one !== '') ?? 'now';
    document.title = `${part.charAt(0).toUpperCase()}${part.slice(1)} · Bailiwick`;
    if (document.querySelector('dialog[open]') === null)
      document.getElementById('page-title')?.focus();
  }, [pathname]);
}
