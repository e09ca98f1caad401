import { type ReactNode, useState } from 'react';
import { Button, Field, input } from './parts.tsx';
import { signIn } from './session.ts';

export function SignIn({ why }: { readonly why?: string | undefined }): ReactNode {
  const [given, setGiven] = useState('');
  const back = encodeURIComponent(location.pathname + location.search);
  const link = 'text-accent underline underline-offset-2';
  return (
    <main className="mx-auto grid min-h-dvh max-w-sm content-center gap-6 px-4 py-10">
      <div className="grid gap-1">
        <p className="text-sm font-medium text-soft">Bailiwick</p>
        <h1 className="text-2xl font-semibold tracking-tight">Sign in</h1>
        <p className="text-soft">Every action of every agent walks one path and leaves a record.</p>
      </div>
      <p
        role="status"
        className={why === undefined ? '' : 'rounded-md bg-red-tint px-3 py-2 text-red'}
      >
        {why}
      </p>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void signIn(given.trim());
        }}
      >
        <Field
          label="Credential"
          hint="It stays in this page's memory and is gone when you load it again."
        >
          {(id, described) => (
            <input
              id={id}
              aria-describedby={described}
              className={input}
              type="password"
              autoComplete="off"
              autoFocus
              required
              maxLength={64}
              value={given}
              onChange={(event) => setGiven(event.target.value)}
            />
          )}
        </Field>
        <Button type="submit" tone="accent">
          Sign in
        </Button>
      </form>
      <ul className="grid gap-2 border-t border-line pt-4">
        <li>
          <a className={link} href={`/sign-in?return=${back}`}>
            Sign in with your identity provider
          </a>
        </li>
        <li>
          <a className={link} href={`/?return=${back}`}>
            Sign in with a passkey
          </a>
        </li>
      </ul>
    </main>
  );
}
