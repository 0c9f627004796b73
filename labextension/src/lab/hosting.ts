// What JupyterLab does for the view of a job.

import type { Host } from '../components/host';
import { adoptLine, LOAD } from './cells';
import { tell } from './commands';
import type { Notebooks } from './notebooks';

/** The host of one job's view. */
export function hostIn(notebooks: Notebooks, job: string, openJob: (id: string) => void): Host {
  return {
    openJob,
    insertCell: code => put(notebooks, [code]),
    adopt: name => put(notebooks, [LOAD, adoptLine(job, name)])
  };
}

/** The last cell goes into the notebook at hand; while none is open, all of them into a new one. */
function put(notebooks: Notebooks, cells: string[]): void {
  if (!notebooks.insert(cells.at(-1) ?? '')) {
    notebooks.create(cells).catch(tell);
  }
}
