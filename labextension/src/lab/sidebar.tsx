// The side panel as JupyterLab holds it; follows the list while it is open.

import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';
import { JobsPanel } from '../components/JobsPanel';
import { stopJobs } from '../sources/server';
import { ServerJobs } from '../sources/server_jobs';
import type { JobRow } from '../view';
import { Guard } from './Guard';
import { tell } from './commands';
import { jobsIcon } from './icon';
import type { LabServer } from './server';

export class JobsSidebar extends ReactWidget {
  private readonly jobs: ServerJobs;
  private readonly changed = new Signal<this, void>(this);
  private current: string | null = null;

  constructor(
    private readonly server: LabServer,
    private readonly open: (id: string, name: string | null) => void,
    private readonly compare: (one: string, other: string) => void,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.id = 'statek-jobs';
    this.addClass('jp-statek-Sidebar');
    this.title.icon = jobsIcon;
    this.title.caption = trans.__('Jobs');
    this.node.setAttribute('aria-label', trans.__('Jobs'));
    this.jobs = new ServerJobs(server);
    this.jobs.subscribe(() => this.changed.emit());
  }

  /** The job whose tab is in front. */
  setCurrent(job: string | null): void {
    this.current = job;
    this.changed.emit();
  }

  override dispose(): void {
    this.jobs.setSeen(false);
    super.dispose();
  }

  /** The search takes the focus, from where the list is one key away. */
  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    void this.renderPromise?.then(() => this.node.querySelector('input')?.focus());
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.jobs.setSeen(true);
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.jobs.setSeen(this.isVisible);
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.jobs.setSeen(false);
  }

  protected render() {
    return (
      <Guard>
        <UseSignal signal={this.changed}>
          {() => (
            <JobsPanel
              state={this.jobs.state()}
              current={this.current}
              onFilter={this.onFilter}
              onMore={() => this.jobs.showMore()}
              onOpen={this.onOpen}
              onStop={this.onStop}
              onDelete={this.onDelete}
              onCompare={this.onCompare}
            />
          )}
        </UseSignal>
      </Guard>
    );
  }

  private readonly onFilter = (filter: Parameters<ServerJobs['setFilter']>[0]) => this.jobs.setFilter(filter);
  private readonly onStop = (rows: JobRow[]) =>
    stopJobs(
      this.server,
      rows.map(row => row.id)
    ).catch(refused);
  private readonly onDelete = async (rows: JobRow[]) => {
    const { trans } = this;
    const { button } = await showDialog({
      title: trans._n('Delete %1 job?', 'Delete %1 jobs?', rows.length, String(rows.length)),
      body: trans.__('They and their subtasks are taken out of the store, with everything they did.'),
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Delete') })]
    });
    if (button.accept) {
      await Promise.all(rows.map(row => this.server.delete(`/jobs/${row.id}`))).catch(refused);
    }
  };
  private readonly onCompare = (one: JobRow, other: JobRow) => this.compare(one.id, other.id);
  private readonly onOpen = (row: JobRow) => this.open(row.id, row.name);
}

function refused(error: unknown): never {
  tell(error);
  throw error;
}
