import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { createContext, type ReactNode, use, useEffect, useRef, useState } from 'react';
import { Palette } from './palette.tsx';
import { keepListening, useLive } from './live.ts';
import { pageAgent } from './page-agent.ts';
import { usePending } from './pending.ts';
import { Button, Dialog } from './parts.tsx';
import type { Me } from './session.ts';
import { signOut } from './session.ts';
import { mayDo, mayStop, type Screen, screenGroups, screens } from './screens.ts';
import { type StopAsked, StopDialog } from './stop.tsx';
import { nextTheme, themeNames, useTheme } from './theme.ts';
import { Told } from './told.tsx';

const Person = createContext<
  { readonly me: Me; readonly stop: (asked: StopAsked) => void } | undefined
>(undefined);

export function usePerson() {
  const person = use(Person);
  if (person === undefined) throw new Error('nobody is signed in here');
  return person;
}

export function Shell({ me }: { readonly me: Me }): ReactNode {
  const [stopping, stop] = useState<StopAsked>();
  const [isPalette, setPalette] = useState(false);
  useKeys({ me, stop, palette: () => setPalette(true) });
  useTitle();
  // Of somebody else the lists are others.
  useEffect(() => keepListening(), [me.name, me.tenant]);
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
            <Live />
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
              <Button tone="danger" onClick={() => stop(pageAgent())} aria-keyshortcuts="Shift+S">
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
        <Palette me={me} stop={() => stop(pageAgent())} onClose={() => setPalette(false)} />
      ) : null}
      <Told />
    </Person>
  );
}

/** Whether what is shown is told as it changes. */
function Live(): ReactNode {
  const isLive = useLive();
  return (
    <span
      className="hidden items-center gap-1.5 text-sm text-soft lg:inline-flex"
      title={
        isLive
          ? 'Lists follow what happens.'
          : 'Changes are not told at the moment; lists are asked again every 15 seconds.'
      }
    >
      <span
        aria-hidden="true"
        className={`size-2 rounded-full ${isLive ? 'bg-green' : 'border border-edge'}`}
      />
      {isLive ? 'Live' : 'Not live'}
    </span>
  );
}

function Rail({ me }: { readonly me: Me }): ReactNode {
  const pending = usePending();
  const waiting = pending.data?.approvals.length ?? 0;
  const counted = `${waiting}${pending.data?.next === undefined ? '' : '+'}`;
  const [isMore, setMore] = useState(false);
  const open = screens.filter(({ needs }) => mayDo(me, needs));
  return (
    <div className="fixed inset-x-0 bottom-0 z-10 border-t border-line bg-surface sm:static sm:border-t-0 sm:border-r">
      <div className="sm:sticky sm:top-0 sm:flex sm:h-dvh sm:flex-col sm:overflow-y-auto">
        <nav
          aria-label="Console"
          className="grid grid-flow-col sm:grow sm:grid-flow-row sm:content-start sm:px-3 sm:pb-4"
        >
          <p className="hidden px-2.5 pt-5 pb-3 font-semibold tracking-tight sm:block">Bailiwick</p>
          {screenGroups.map((group) => (
            <div key={group} className="contents sm:grid sm:gap-0.5 sm:pb-3">
              <p className="hidden px-2.5 pt-2 pb-1 text-xs font-medium text-soft sm:block">
                {group}
              </p>
              {open
                .filter((one) => one.group === group)
                .map((one) => (
                  <RailLink
                    key={one.to}
                    of={one}
                    waiting={one.to === '/approvals' && waiting > 0 ? counted : undefined}
                  />
                ))}
            </div>
          ))}
          {open.some(({ first }) => first !== true) ? (
            <button
              type="button"
              className="min-h-14 px-1 text-sm text-soft sm:hidden"
              onClick={() => setMore(true)}
            >
              More
            </button>
          ) : null}
        </nav>
        <div className="hidden px-3 pb-4 sm:block">
          <Button className="w-full" onClick={() => void signOut()}>
            Sign out
          </Button>
        </div>
      </div>
      {isMore ? (
        <Dialog title="All screens" onClose={() => setMore(false)}>
          <ul className="grid grid-cols-2 gap-2">
            {open.map(({ to, name }) => (
              <li key={to}>
                <Link
                  to={to}
                  onClick={() => setMore(false)}
                  className="flex min-h-11 items-center rounded-md border border-edge px-3"
                >
                  {name}
                </Link>
              </li>
            ))}
          </ul>
          <Button onClick={() => void signOut()}>Sign out</Button>
        </Dialog>
      ) : null}
    </div>
  );
}

function RailLink({
  of: { to, name, first },
  waiting,
}: {
  readonly of: Screen;
  readonly waiting: string | undefined;
}): ReactNode {
  return (
    <Link
      to={to}
      activeOptions={{ exact: to === '/', includeSearch: false }}
      className={`${first === true ? 'flex' : 'hidden sm:flex'} min-h-14 items-center justify-center gap-1.5 px-1 text-sm sm:min-h-9 sm:justify-between sm:rounded-md sm:px-2.5`}
      activeProps={{ className: 'bg-tint font-semibold text-accent' }}
      inactiveProps={{ className: 'text-soft hover:bg-sunk hover:text-ink' }}
    >
      {name}
      {waiting === undefined ? null : (
        <span className="rounded-full bg-accent px-1.5 text-xs font-semibold text-accent-ink">
          {waiting}
          <span className="sr-only"> waiting</span>
        </span>
      )}
    </Link>
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
  // It outlives a drawing between the two keys.
  const afterG = useRef(false);
  useEffect(() => {
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
        stop(pageAgent());
      } else if (afterG.current) {
        const screen = screens.find(({ key, needs }) => key === event.key && mayDo(me, needs));
        if (screen !== undefined) void navigate({ to: screen.to });
      }
      afterG.current = event.key === 'g';
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
