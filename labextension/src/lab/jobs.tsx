// The panel of all jobs, and their tabs.

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { Widget } from '@lumino/widgets';
import { LiveJob } from '../LiveJob';
import { ServerSource } from '../sources/server';
import { PANES } from '../view';
import { Guard } from './Guard';
import { addCommands, CommandIDs } from './commands';
import { jobsIcon } from './icon';
import { JobsSidebar } from './sidebar';
import { type LabServer, serverOf } from './server';

const RANK = 650;

class JobContent extends ReactWidget {
  private readonly source: ServerSource;

  constructor(
    server: LabServer,
    readonly job: string,
    private readonly onOpenJob: (id: string) => void,
    onName: (name: string) => void
  ) {
    super();
    this.addClass('jp-statek-Tab');
    this.source = new ServerSource(server, job);
    this.source.subscribe(() => {
      const name = this.source.state().view?.name;
      if (name) {
        onName(name);
      }
    });
  }

  override dispose(): void {
    this.source.close();
    super.dispose();
  }

  protected render() {
    return (
      <Guard>
        <LiveJob source={this.source} panes={[...PANES]} onOpenJob={this.onOpenJob} />
      </Guard>
    );
  }
}

type JobTab = MainAreaWidget<JobContent>;

export const jobs: JupyterFrontEndPlugin<void> = {
  id: 'statek-jupyter:jobs',
  description: 'The panel of all jobs, and a tab for each.',
  autoStart: true,
  optional: [ILayoutRestorer, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('statek-jupyter');
    const server = serverOf(app.serviceManager);
    const tabs = new WidgetTracker<JobTab>({ namespace: 'statek-jobs' });

    const makeTab = (id: string, name: string | null): JobTab => {
      const content = new JobContent(
        server,
        id,
        other => open(other, null),
        found => {
          tab.title.label = found;
        }
      );
      const tab = new MainAreaWidget({ content });
      tab.toolbar.hide();
      tab.id = `statek-job-${id}`;
      tab.title.label = name ?? id;
      tab.title.caption = trans.__('Job %1', id);
      tab.title.icon = jobsIcon;
      tab.title.closable = true;
      return tab;
    };
    const open = (id: string, name: string | null) => {
      const known = tabs.find(tab => tab.content.job === id);
      const tab = known ?? makeTab(id, name);
      if (!known) {
        app.shell.add(tab, 'main');
        void tabs.add(tab);
      }
      app.shell.activateById(tab.id);
    };

    const panel = new JobsSidebar(server, open, trans);
    app.shell.add(panel, 'left', { rank: RANK, type: 'Jobs' });
    const current = () => jobIn(app.shell.currentWidget, tabs);
    tabs.currentChanged.connect(() => panel.setCurrent(current()));
    app.shell.currentChanged?.connect(() => panel.setCurrent(current()));

    const showPanel = () => app.shell.activateById(panel.id);
    addCommands({ app, server, trans, open, showPanel, current });
    for (const command of [CommandIDs.open, CommandIDs.stop, CommandIDs.remove]) {
      app.contextMenu.addItem({ command, selector: '.jp-statek-Card' });
    }
    for (const command of Object.values(CommandIDs)) {
      palette?.addItem({ command, category: trans.__('Jobs') });
    }
    restorer?.add(panel, panel.id);
    void restorer?.restore(tabs, {
      command: CommandIDs.open,
      args: tab => ({ id: tab.content.job, name: tab.title.label }),
      name: tab => tab.content.job
    });
  }
};

function jobIn(widget: Widget | null, tabs: WidgetTracker<JobTab>): string | null {
  return tabs.find(tab => tab === widget)?.content.job ?? null;
}
