// What can be done with jobs from the palette, menus and keys.

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, InputDialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { sendCommand, words } from '../sources/server';
import type { JobRow } from '../view';
import type { LabServer } from './server';

export const CommandIDs = {
  open: 'statek:open-job',
  showJobs: 'statek:show-jobs',
  stop: 'statek:stop-job',
  resume: 'statek:resume-job',
  remove: 'statek:delete-job'
} as const;

export interface Actions {
  app: JupyterFrontEnd;
  server: LabServer;
  trans: TranslationBundle;
  /** Opens the tab of a job. */
  open: (id: string, name: string | null) => void;
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
  const add = (id: string, label: string, caption: string, execute: (job: string) => Promise<void>) =>
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
  add(CommandIDs.remove, trans.__('Delete Job…'), trans.__('Take the job and its subtasks out of the store'), job =>
    deleteJob(actions, job)
  );
}

function jobOf(actions: Actions, given: Arguments): string | null {
  if (typeof given.id === 'string') {
    return given.id;
  }
  const card = actions.app.contextMenuHitTest(node => node.dataset.job !== undefined);
  return card?.dataset.job ?? actions.current();
}

async function openJob(actions: Actions, given: Arguments): Promise<void> {
  const { server, trans } = actions;
  const card = actions.app.contextMenuHitTest(node => node.dataset.job !== undefined)?.dataset.job;
  const id = typeof given.id === 'string' ? given.id : (card ?? null);
  if (id !== null) {
    actions.open(id, typeof given.name === 'string' ? given.name : null);
    return;
  }
  const asked = await InputDialog.getText({ title: trans.__('Open Job'), label: trans.__('Name or id') });
  const text = asked.value?.trim();
  if (!asked.button.accept || !text) {
    return;
  }
  const { rows } = await server.get<{ rows: JobRow[] }>('/jobs', { text, limit: 20 });
  const found = rows.find(row => row.id === text || row.name === text) ?? rows[0];
  if (!found) {
    throw new Error(trans.__('There is no job %1.', text));
  }
  actions.open(found.id, found.name);
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
