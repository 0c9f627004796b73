// Ties two sources to the view of two jobs.

import { useEffect, useState } from 'react';
import { Compare } from './components/Compare';
import type { Host } from './components/host';
import { LiveJob } from './LiveJob';
import type { JobSource } from './sources/source';
import { PANES } from './view';

export interface LiveCompareProps {
  sources: [JobSource, JobSource];
  host: Host;
}

export function LiveCompare({ sources, host }: LiveCompareProps) {
  const [one, other] = sources;
  const views = () => [one.state().view, other.state().view] as const;
  const [shown, setShown] = useState(views);
  useEffect(() => {
    const update = () => setShown(views());
    const leave = sources.map(source => source.subscribe(update));
    update();
    return () => leave.forEach(end => end());
  }, [one, other]);
  return (
    <Compare one={shown[0]} other={shown[1]} ask={one.ask}>
      <LiveJob source={one} panes={[...PANES]} host={host} />
      <LiveJob source={other} panes={[...PANES]} host={host} />
    </Compare>
  );
}
