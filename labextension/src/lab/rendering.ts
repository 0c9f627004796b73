// Shows jobs in the outputs of notebooks, and of everything else that shows outputs.

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { ISessionContext } from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { CommandIDs } from './commands';
import { JOB_TYPE, JobOutput, RANK, type Surroundings } from './output';
import { serverOf } from './server';

/** What is used of a notebook's panel. */
interface NotebookPanel {
  content: { rendermime: IRenderMimeRegistry };
  sessionContext: ISessionContext;
}

export const rendering: JupyterFrontEndPlugin<void> = {
  id: 'statek-jupyter:rendering',
  description: 'Shows jobs in outputs, live while the server has them and as they were saved elsewhere.',
  autoStart: true,
  requires: [IRenderMimeRegistry],
  activate: (app: JupyterFrontEnd, rendermime: IRenderMimeRegistry) => {
    const server = serverOf(app.serviceManager);
    const onOpenJob = (id: string) => void app.commands.execute(CommandIDs.open, { id });
    const register = (registry: IRenderMimeRegistry, surroundings: Surroundings | null) =>
      registry.addFactory(
        {
          // Text of a job never becomes markup, so the output is shown in notebooks that are not trusted, too.
          safe: true,
          mimeTypes: [JOB_TYPE],
          createRenderer: () => new JobOutput({ server, surroundings, onOpenJob })
        },
        RANK
      );
    register(rendermime, null);
    app.docRegistry.addWidgetExtension('Notebook', {
      createNew: widget => {
        const panel = widget as unknown as NotebookPanel;
        const kernelReady = () => panel.sessionContext.ready;
        register(panel.content.rendermime, { rendermime: panel.content.rendermime, kernelReady });
      }
    });
  }
};
