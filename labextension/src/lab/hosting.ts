// What JupyterLab does for the view of a job.

import type { Host } from '../components/host';
import { adoptLine } from './cells';
import type { Notebooks } from './notebooks';

/** The host of one job's view; what needs a notebook does nothing while none is open. */
export function hostIn(notebooks: Notebooks, job: string, openJob: (id: string) => void): Host {
  return {
    openJob,
    insertCell: code => void notebooks.insert(code),
    adopt: name => void notebooks.insert(adoptLine(job, name))
  };
}
