// Shows jobs in the outputs of notebooks, and of everything else that shows outputs.

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { CommandIDs } from './commands';
import { hostIn } from './hosting';
import { type NotebookPanel, notebooksOf } from './notebooks';
import { JOB_TYPE, JobOutput, RANK, type Surroundings } from './output';
import { serverOf } from './server';

export const rendering: JupyterFrontEndPlugin<void> = {
  id: 'statek-jupyter:rendering',
  description: 'Shows jobs in outputs, live while the server has them and as they were saved elsewhere.',
  autoStart: true,
  requires: [IRenderMimeRegistry],
  activate: (app: JupyterFrontEnd, rendermime: IRenderMimeRegistry) => {
    const server = serverOf(app.serviceManager);
    const notebooks = notebooksOf(app);
    const openJob = (id: string) => void app.commands.execute(CommandIDs.open, { id });
    const register = (registry: IRenderMimeRegistry, surroundings: Surroundings | null) =>
      registry.addFactory(
        {
          // Text of a job never becomes markup, so the output is shown in notebooks that are not trusted, too.
          safe: true,
          mimeTypes: [JOB_TYPE],
          createRenderer: () => new JobOutput({ server, surroundings, hostOf: id => hostIn(notebooks, id, openJob) })
        },
        RANK
      );
    register(rendermime, null);
    app.docRegistry.addWidgetExtension('Notebook', {
      createNew: widget => {
        const panel = widget as unknown as NotebookPanel;
        const kernelReady = () => panel.sessionContext.ready;
        notebooks.add(panel);
        register(panel.content.rendermime, { rendermime: panel.content.rendermime, kernelReady });
      }
    });
  }
};
