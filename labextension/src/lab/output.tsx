// The output of a cell that holds a job: live from the server, else from the kernel's widget, else as it was saved.

import type { IRenderMimeRegistry, IRenderMime } from '@jupyterlab/rendermime';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Panel, type Widget } from '@lumino/widgets';
import type { Host } from '../components/host';
import { LiveJob } from '../LiveJob';
import { readSaved } from '../saved';
import { type Server, ServerSource } from '../sources/server';
import type { JobView } from '../view';
import { PANES } from '../view';
import { Guard } from './Guard';

export const JOB_TYPE = 'application/vnd.statek.job.v1+json';
const WIDGET_TYPE = 'application/vnd.jupyter.widget-view+json';
/** Before the widget's own renderer, which has rank -10 and shows an error once the kernel is gone. */
export const RANK = -20;

const WIDGET_TRIES = 4;
const WIDGET_TRY_MILLISECONDS = 1_500;

/** What an output needs to know of the notebook it is in; null elsewhere. */
export interface Surroundings {
  rendermime: IRenderMimeRegistry;
  /** Resolves once a kernel is there. */
  kernelReady: () => Promise<void>;
}

export interface OutputOptions {
  server: Server;
  surroundings: Surroundings | null;
  hostOf: (job: string) => Host;
}

export class JobOutput extends Panel implements IRenderMime.IRenderer {
  private source: ServerSource | null = null;
  private model: IRenderMime.IMimeModel | null = null;
  private own: Widget | null = null;
  private tried = false;

  constructor(private readonly options: OutputOptions) {
    super();
    this.addClass('jp-statek-Output-area');
  }

  /** Called again when the cell's output is written anew: what is live stays as it is. */
  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.model = model;
    const view = readSaved(model.data[JOB_TYPE]);
    if (view === null) {
      this.node.textContent = 'This output is not a job that can be shown.';
      return;
    }
    if (this.source?.id === view.id) {
      this.source.setSaved(view);
      return;
    }
    this.showJob(view);
  }

  override dispose(): void {
    this.source?.close();
    this.own?.dispose();
    super.dispose();
  }

  private showJob(view: JobView): void {
    this.source?.close();
    this.own?.dispose();
    const source = new ServerSource(this.options.server, view.id, view);
    this.source = source;
    const metadata = this.model?.metadata[JOB_TYPE] as { panes?: unknown } | undefined;
    const wanted = Array.isArray(metadata?.panes) ? metadata.panes : PANES;
    const panes = PANES.filter(pane => wanted.includes(pane));
    this.own = ReactWidget.create(
      <Guard>
        <LiveJob source={source} panes={panes.length ? panes : [...PANES]} host={this.options.hostOf(view.id)} />
      </Guard>
    );
    this.addWidget(this.own);
    source.subscribe(() => {
      if (source.state().connection === 'saved' && !this.tried) {
        this.tried = true;
        void this.tryWidget();
      }
    });
  }

  /** The job is in a store that the server does not show: its kernel may know it. */
  private async tryWidget(): Promise<void> {
    const { surroundings } = this.options;
    const model = this.model;
    if (surroundings === null || !model?.trusted || !(WIDGET_TYPE in model.data)) {
      return;
    }
    await surroundings.kernelReady();
    for (let tries = 0; tries < WIDGET_TRIES && !this.isDisposed; tries += 1) {
      const widget = await shownWidget(surroundings.rendermime, model);
      if (widget !== null && !this.isDisposed) {
        this.put(widget);
        return;
      }
    }
  }

  private put(renderer: Panel): void {
    const { own } = this;
    if (own) {
      own.parent = null;
    }
    this.addWidget(renderer);
    // The kernel ended, or was restarted: back to what was saved.
    renderer.widgets[0]?.disposed.connect(() => {
      if (!this.isDisposed && own && !own.isDisposed) {
        renderer.parent = null;
        this.addWidget(own);
      }
    });
  }
}

/** A renderer that shows the widget; null when the kernel does not know it. */
async function shownWidget(rendermime: IRenderMimeRegistry, model: IRenderMime.IMimeModel): Promise<Panel | null> {
  const renderer = rendermime.createRenderer(WIDGET_TYPE) as unknown as Panel & IRenderMime.IRenderer;
  const late = new Promise<void>(resolve => setTimeout(resolve, WIDGET_TRY_MILLISECONDS));
  await Promise.race([renderer.renderModel(model), late]);
  // Without a model, the renderer shows words and holds no widget.
  if (renderer.widgets.length > 0) {
    return renderer;
  }
  renderer.dispose();
  await late;
  return null;
}
