/** Says that a list changed, however often its server says so. */
export interface ChangeBell {
  ring(): void;
  stop(): void;
}

const quietMs = 1_000;

/**
 * INVARIANT: at most one word a second, and the last change is never swallowed. Each word makes the
 * gateway read a whole list and write a record; a server must not be able to make it do only that.
 */
export function createChangeBell(say: () => void): ChangeBell {
  let timer: NodeJS.Timeout | undefined;
  let again = false;
  let stopped = false;
  const speak = (): void => {
    again = false;
    timer = setTimeout(rest, quietMs);
    timer.unref();
    say();
  };
  const rest = (): void => {
    timer = undefined;
    if (again) speak();
  };
  return {
    ring() {
      if (stopped) return;
      if (timer === undefined) speak();
      else again = true;
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
