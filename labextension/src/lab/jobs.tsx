// The panel of all jobs, their tabs, and what starts them.

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { translateWith } from '../translation';
import { addCommands, CommandIDs } from './commands';
import { notebooksOf } from './notebooks';
import { serverOf } from './server';
import { followSettings } from './settings';
import { JobsSidebar } from './sidebar';
import { StatusItem } from './status';
import { JobTabs } from './tabs';

const RANK = 650;
const ID = 'statek-jupyter:jobs';

export const jobs: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'The panel of all jobs, a tab for each, and what starts them.',
  autoStart: true,
  // Each of them may be missing: Jupyter Notebook has no launcher, and its pages differ in what else they have.
  optional: [ILayoutRestorer, ICommandPalette, ITranslator, ILauncher, IStatusBar, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null,
    launcher: ILauncher | null,
    statusBar: IStatusBar | null,
    settings: ISettingRegistry | null
  ) => {
    const trans = (translator ?? nullTranslator).load('statek-jupyter');
    translateWith(trans);
    const server = serverOf(app.serviceManager);
    const notebooks = notebooksOf(app);
    const tabs = new JobTabs(app, server, notebooks, trans);
    const compare = (one: string, other: string) => tabs.open(`${one}+${other}`);

    const panel = new JobsSidebar(server, tabs.open, compare, trans);
    app.shell.add(panel, 'left', { rank: RANK, type: 'Jobs' });
    const update = () => panel.setCurrent(tabs.current);
    tabs.tracker.currentChanged.connect(update);
    app.shell.currentChanged?.connect(update);

    const showPanel = () => app.shell.activateById(panel.id);
    addCommands({ app, server, notebooks, trans, open: tabs.open, compare, showPanel, current: () => tabs.current });
    for (const command of [
      CommandIDs.open,
      CommandIDs.fork,
      CommandIDs.compare,
      CommandIDs.stop,
      CommandIDs.resume,
      CommandIDs.remove
    ]) {
      app.contextMenu.addItem({ command, selector: '.jp-statek-Card' });
    }
    for (const command of Object.values(CommandIDs)) {
      palette?.addItem({ command, category: trans.__('Jobs') });
    }
    launcher?.add({
      command: CommandIDs.create,
      args: { launcher: true },
      category: trans.__('Other'),
      rank: 0
    });
    const item = statusBar ? new StatusItem(server, showPanel) : null;
    if (statusBar && item) {
      statusBar.registerStatusItem(ID, { item, align: 'left', rank: 90, isActive: () => item.hasSomething });
    }
    void followSettings(settings, ID, item);
    restorer?.add(panel, panel.id);
    if (restorer) {
      tabs.restoreWith(restorer, CommandIDs.open);
    }
  }
};
