// Ties a source to the view of a job: the one place where components meet where their data comes from.

import { useEffect, useMemo, useState } from 'react';
import type { Host } from './components/host';
import { JobPanel } from './components/JobPanel';
import type { JobSource } from './sources/source';
import { trans } from './translation';
import type { Pane } from './view';

export interface LiveJobProps {
  source: JobSource;
  panes: Pane[];
  host: Host;
}

export function LiveJob({ source, panes, host }: LiveJobProps) {
  const [state, setState] = useState(() => source.state());
  useEffect(() => {
    setState(source.state());
    return source.subscribe(() => setState(source.state()));
  }, [source]);
  const reaching = useMemo(
    () => ({ ask: source.ask, act: source.act, need: (start: number, stop: number) => source.need(start, stop) }),
    [source]
  );
  const { view, ...rest } = state;
  const drawn = view !== null;
  useEffect(() => {
    if (drawn) {
      host.onDrawn?.();
    }
  }, [drawn, host]);
  if (view === null) {
    return (
      <div className="jp-statek-Job">
        <p className="jp-statek-muted jp-statek-empty">{state.notice || trans.__('Opening the job…')}</p>
      </div>
    );
  }
  const reached = state.connection === 'live' || state.connection === 'lost';
  return <JobPanel view={view} panes={panes} host={host} {...rest} {...(reached ? reaching : {})} />;
}
