// Ties a source to the view of a job: the one place where components meet where their data comes from.

import { useEffect, useMemo, useState } from 'react';
import { JobPanel } from './components/JobPanel';
import type { JobSource } from './sources/source';
import type { Pane } from './view';

export interface LiveJobProps {
  source: JobSource;
  panes: Pane[];
  onOpenJob?: (id: string) => void;
}

export function LiveJob({ source, panes, onOpenJob }: LiveJobProps) {
  const [state, setState] = useState(() => source.state());
  useEffect(() => {
    setState(source.state());
    return source.subscribe(() => setState(source.state()));
  }, [source]);
  const actions = useMemo(
    () => ({
      onSend: (text: string) => source.send(text),
      onStop: () => source.stop(),
      onResume: () => source.resume(),
      onEarlier: () => source.loadEarlier(),
      onReadOutput: (item: number, index: number, start: number) => source.readOutput(item, index, start)
    }),
    [source]
  );
  const { view, ...rest } = state;
  if (view === null) {
    return (
      <div className="jp-statek-Job">
        <p className="jp-statek-muted jp-statek-empty">{state.notice || 'Opening the job…'}</p>
      </div>
    );
  }
  const reached = state.connection === 'live' || state.connection === 'lost';
  const offered = reached ? actions : {};
  return <JobPanel view={view} panes={panes} onOpenJob={onOpenJob} {...rest} {...offered} />;
}
