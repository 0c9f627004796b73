// Ties a source to the list of jobs.

import { useEffect, useState } from 'react';
import { JobTable } from './components/JobTable';
import type { JobsSource } from './sources/jobs';
import { trans } from './translation';

export function LiveJobs({ source }: { source: JobsSource }) {
  const [state, setState] = useState(() => source.state());
  useEffect(() => {
    setState(source.state());
    return source.subscribe(() => setState(source.state()));
  }, [source]);
  return (
    <div className="jp-statek-Job jp-statek-JobList" role="region" aria-label={trans.__('jobs')}>
      <JobTable {...state} onSelect={id => source.select(id)} />
    </div>
  );
}
