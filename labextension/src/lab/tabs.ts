// Opens tabs of jobs, each at most once, and opens them again after a reload.

import type { ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';
import { hostIn } from './hosting';
import { jobsIcon } from './icon';
import { CompareContent, JobContent, type TabContent } from './job_tab';
import type { Notebooks } from './notebooks';
import type { LabServer } from './server';

type Tab = MainAreaWidget<TabContent>;

export class JobTabs {
  readonly tracker = new WidgetTracker<Tab>({ namespace: 'statek-jobs' });

  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly server: LabServer,
    private readonly notebooks: Notebooks,
    private readonly trans: TranslationBundle
  ) {}

  /** @param id A job's id, or two with a `+` between them. */
  readonly open = (id: string, name: string | null = null): void => {
    const [one = id, other] = id.split('+');
    const known = this.tracker.find(tab => tab.content.shows === id);
    const tab = known ?? (other ? this.makeCompare(one, other) : this.makeJob(one, name));
    if (!known) {
      // Jupyter Notebook holds one document in its main area; a job then stands beside it.
      this.app.shell.add(tab, this.app.name === 'JupyterLab' ? 'main' : 'right');
      void this.tracker.add(tab);
    }
    this.app.shell.activateById(tab.id);
  };

  restoreWith(restorer: ILayoutRestorer, command: string): void {
    void restorer.restore(this.tracker, {
      command,
      args: tab => ({ id: tab.content.shows, name: tab.title.label }),
      name: tab => tab.content.shows
    });
  }

  /** The job whose tab is in front; null when none is. */
  get current(): string | null {
    const front: Widget | null = this.app.shell.currentWidget;
    const shows = this.tracker.find(tab => tab === front)?.content.shows ?? null;
    return shows?.includes('+') ? null : shows;
  }

  private makeJob(id: string, name: string | null): Tab {
    const content = new JobContent(this.server, id, hostIn(this.notebooks, id, this.open), found => {
      tab.title.label = found;
    });
    const tab = this.framed(content, name ?? id, this.trans.__('Job %1', id));
    return tab;
  }

  private makeCompare(one: string, other: string): Tab {
    const content = new CompareContent(this.server, one, other, hostIn(this.notebooks, one, this.open));
    return this.framed(content, this.trans.__('Two Jobs'), this.trans.__('Jobs %1 and %2', one, other));
  }

  private framed(content: TabContent, label: string, caption: string): Tab {
    const tab = new MainAreaWidget<TabContent>({ content });
    tab.toolbar.hide();
    tab.id = `statek-job-${content.shows}`;
    tab.title.label = label;
    tab.title.caption = caption;
    tab.title.icon = jobsIcon;
    tab.title.closable = true;
    return tab;
  }
}
