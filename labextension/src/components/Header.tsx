// The first line of a job: status, name, what it cost so far, Stop.

import { useState } from 'react';
import type { JobView } from '../view';
import { cost, count, elapsed, seconds, statusWord } from '../wording';
import type { Connection } from '../sources/source';
import { StatusMark } from './StatusMark';
import { useNow } from './useNow';

export interface HeaderProps {
  view: JobView;
  connection: Connection;
  clockOffset: number;
  onStop?: (() => Promise<void>) | undefined;
  onResume?: (() => Promise<void>) | undefined;
}

export function Header({ view, connection, clockOffset, onStop, onResume }: HeaderProps) {
  const status = statusWord(view.status, view.outcome);
  const active = view.status !== 'DONE';
  const now = useNow(active && view.started_at !== null, clockOffset);
  const time = elapsed(view.started_at, view.finished_at, now);
  const facts = [
    view.model ?? view.agent,
    count(view.turns, 'turn'),
    view.usage.calls > 0 ? cost(view.usage.cost_usd, view.usage.unknown_cost_calls) : null,
    time === null ? null : seconds(time >= 1 && active ? Math.floor(time) : time)
  ];
  // A message brings any job back; these are the jobs that go on without one.
  const canGoOn = view.status === 'DONE' ? view.error !== null : view.awaiting === 'a resume';
  return (
    <div className="jp-statek-Header">
      <StatusMark status={status} />
      <strong className="jp-statek-Header-name" title={view.name ? `job ${view.id}` : undefined}>
        {view.name ?? view.id}
      </strong>
      <span className="jp-statek-Header-facts">
        {facts
          .filter(fact => fact !== null)
          .map((fact, at) => (
            <span key={at} className="jp-statek-Header-fact">
              {fact}
            </span>
          ))}
      </span>
      <ConnectionNote connection={connection} />
      {active && onStop ? <ActionButton label="Stop" busyLabel="Stopping…" action={onStop} /> : null}
      {canGoOn && onResume ? <ActionButton label="Go on" busyLabel="Going on…" action={onResume} /> : null}
    </div>
  );
}

function ConnectionNote({ connection }: { connection: Connection }) {
  if (connection === 'live' || connection === 'connecting') {
    return null;
  }
  const [word, title] =
    connection === 'saved'
      ? ['saved copy', 'This is how the job looked when the notebook was saved.']
      : ['not connected', 'The kernel or server does not answer; what is shown may be old.'];
  return (
    <span className="jp-statek-Badge" title={title}>
      {word}
    </span>
  );
}

function ActionButton({ label, busyLabel, action }: { label: string; busyLabel: string; action: () => Promise<void> }) {
  const [busy, setBusy] = useState(false);
  const run = () => {
    setBusy(true);
    // A failure is shown as the view's notice; a success shows as a new status. Either way the button is free again.
    void action()
      .catch(() => undefined)
      .then(() => setBusy(false));
  };
  return (
    <button type="button" className="jp-statek-Button" onClick={run} disabled={busy}>
      {busy ? busyLabel : label}
    </button>
  );
}
