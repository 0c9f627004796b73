// Cells that start jobs.

import type { Notebooks } from './notebooks';

export const LOAD = '%load_ext statek_jupyter';
export const NEW_JOB = '%%statek_job\n';

/** The `%%statek_job` cell that is made of another cell: its text is the message. */
export function asJob(source: string): string {
  const text = source.trim();
  return /^%%statek_job\b/.test(text) ? text : `%%statek_job --ask -\n${text.replace(/^%%\S+.*\n?/, '')}`;
}

/** A cell for a new job in the notebook at hand, else in a new one. */
export async function insertJobCell(notebooks: Notebooks): Promise<void> {
  if (!notebooks.insert(NEW_JOB)) {
    await notebooks.create([LOAD, NEW_JOB]);
  }
  await notebooks.edit();
}

/** The line that copies variables of a job into the notebook. */
export function adoptLine(job: string, name: string): string {
  return `%statek locals ${job} --into-notebook ${name}`;
}
