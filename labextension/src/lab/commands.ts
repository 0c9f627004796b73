// What can be done with jobs from the palette, menus and keys.

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, InputDialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { sendCommand } from '../sources/server';
import { words } from '../sources/source';
import type { JobRow, JobView } from '../view';
import { asJob, insertJobCell } from './cells';
import { jobsIcon } from './icon';
import type { Notebooks } from './notebooks';
import type { LabServer } from './server';

export const CommandIDs = {
  open: 'statek:open-job',
  showJobs: 'statek:show-jobs',
  stop: 'statek:stop-job',
  resume: 'statek:resume-job',
  fork: 'statek:fork-job',
  remove: 'statek:delete-job',
  compare: 'statek:compare-jobs',
  create: 'statek:new-job',
  runAsJob: 'statek:run-as-job'
} as const;

export interface Actions {
  app: JupyterFrontEnd;
  server: LabServer;
  notebooks: Notebooks;
  trans: TranslationBundle;
  /** Opens the tab of a job. */
  open: (id: string, name: string | null) => void;
  /** Opens two jobs side by side. */
  compare: (one: string, other: string) => void;
  /** Brings the panel to the front. */
  showPanel: () => void;
  /** The job of the tab in front; null when it is not one. */
  current: () => string | null;
}

type Arguments = ReadonlyPartialJSONObject;

const ARGUMENTS = {
  type: 'object',
  properties: { id: { type: 'string', description: 'The id of the job' } }
} as const;

export function addCommands(actions: Actions): void {
  const { app, server, trans } = actions;
  const add = (id: string, label: string, caption: string, execute: (job: string) => Promise<unknown>) =>
    app.commands.addCommand(id, {
      label,
      caption,
      describedBy: { args: ARGUMENTS },
      isEnabled: given => jobOf(actions, given) !== null,
      execute: given => {
        const job = jobOf(actions, given);
        return job === null ? undefined : execute(job).catch(tell);
      }
    });
  app.commands.addCommand(CommandIDs.showJobs, {
    label: trans.__('Show Jobs'),
    caption: trans.__('Show the panel of all jobs'),
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => actions.showPanel()
  });
  app.commands.addCommand(CommandIDs.open, {
    label: given => (given.id ? trans.__('Open Job') : trans.__('Open Job…')),
    caption: trans.__('Show a job in a tab of its own'),
    describedBy: { args: ARGUMENTS },
    execute: given => openJob(actions, given).catch(tell)
  });
  add(CommandIDs.stop, trans.__('Stop Job'), trans.__('Ask the job to end as soon as possible'), job =>
    sendCommand(server, job, { command: 'stop' })
  );
  add(CommandIDs.resume, trans.__('Resume Job'), trans.__('Let a job go on that waits or was ended'), job =>
    sendCommand(server, job, { command: 'resume' })
  );
  add(
    CommandIDs.fork,
    trans.__('Fork Job'),
    trans.__('Make a job that goes on from the newest turn of this one'),
    job => forkJob(actions, job)
  );
  add(CommandIDs.compare, trans.__('Compare Job With…'), trans.__('Show two jobs side by side'), job =>
    compareJobs(actions, job)
  );
  addCellCommands(actions);
  add(CommandIDs.remove, trans.__('Delete Job…'), trans.__('Take the job and its subtasks out of the store'), job =>
    deleteJob(actions, job)
  );
}

function addCellCommands({ app, notebooks, trans }: Actions): void {
  app.commands.addCommand(CommandIDs.create, {
    label: given => (given.launcher ? trans.__('Agent Job') : trans.__('New Job')),
    caption: trans.__('Insert a cell that starts a job'),
    icon: jobsIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => insertJobCell(notebooks).catch(tell)
  });
  app.commands.addCommand(CommandIDs.runAsJob, {
    label: trans.__('Run as Job'),
    caption: trans.__('Make a job of the cell: its text is what the agent is told'),
    icon: jobsIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    isEnabled: () => Boolean(notebooks.current?.content.activeCell),
    execute: () => runAsJob(app, notebooks)
  });
}

async function runAsJob(app: JupyterFrontEnd, notebooks: Notebooks): Promise<void> {
  const content = notebooks.current?.content;
  const cell = content?.activeCell;
  if (!content || !cell || cell.model.sharedModel.getSource().trim() === '') {
    return;
  }
  if (cell.model.type !== 'code') {
    await app.commands.execute('notebook:change-cell-to-code');
  }
  const shared = content.activeCell?.model.sharedModel;
  shared?.setSource(asJob(shared.getSource()));
  await app.commands.execute('notebook:run-cell');
}

function jobOf(actions: Actions, given: Arguments): string | null {
  if (typeof given.id === 'string') {
    return given.id;
  }
  const card = actions.app.contextMenuHitTest(node => node.dataset.job !== undefined);
  return card?.dataset.job ?? actions.current();
}

async function openJob(actions: Actions, given: Arguments): Promise<void> {
  const { trans } = actions;
  const card = actions.app.contextMenuHitTest(node => node.dataset.job !== undefined)?.dataset.job;
  const id = typeof given.id === 'string' ? given.id : (card ?? null);
  if (id !== null) {
    actions.open(id, typeof given.name === 'string' ? given.name : null);
    return;
  }
  const found = await askForJob(actions, trans.__('Open Job'));
  if (found) {
    actions.open(found.id, found.name);
  }
}

/** Asks for a job by name or id; null when the person changed their mind. */
async function askForJob({ server, trans }: Actions, title: string): Promise<JobRow | null> {
  const asked = await InputDialog.getText({ title, label: trans.__('Name or id') });
  const text = asked.value?.trim();
  if (!asked.button.accept || !text) {
    return null;
  }
  const { rows } = await server.get<{ rows: JobRow[] }>('/jobs', { text, limit: 20 });
  const found = rows.find(row => row.id === text || row.name === text) ?? rows[0];
  if (!found) {
    throw new Error(trans.__('There is no job %1.', text));
  }
  return found;
}

async function compareJobs(actions: Actions, id: string): Promise<void> {
  const other = await askForJob(actions, actions.trans.__('Compare With'));
  if (other) {
    actions.compare(id, other.id);
  }
}

async function forkJob({ server, open }: Actions, id: string): Promise<void> {
  const { view } = await server.get<{ view: JobView }>(`/jobs/${id}`);
  const { job } = await sendCommand(server, id, { command: 'fork', turn: view.turns, text: '' });
  if (job) {
    open(job, null);
  }
}

async function deleteJob({ server, trans }: Actions, id: string): Promise<void> {
  const { button } = await showDialog({
    title: trans.__('Delete this job?'),
    body: trans.__('The job %1 and its subtasks are taken out of the store, with everything they did.', id),
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Delete') })]
  });
  if (button.accept) {
    await server.delete(`/jobs/${id}`);
  }
}

export function tell(error: unknown): void {
  Notification.error(words(error));
}
