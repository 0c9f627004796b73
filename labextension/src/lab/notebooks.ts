// The notebooks of the page: which one was used last, and new cells in it.

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ISessionContext } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { ISignal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';

interface SharedCell {
  getSource(): string;
  setSource(source: string): void;
}

interface Cell {
  /** Resolves once its editor is there. */
  ready: Promise<void>;
  model: { type: string; sharedModel: SharedCell };
}

interface SharedNotebook {
  cells: readonly SharedCell[];
  insertCell(at: number, cell: { cell_type: 'code'; source: string }): unknown;
}

/** What is used of a notebook's panel. Its package is not asked for, because our plugin also runs where there is none. */
export interface NotebookPanel extends Widget {
  content: {
    rendermime: IRenderMimeRegistry;
    activeCell: Cell | null;
    activeCellIndex: number;
    mode: 'command' | 'edit';
    model: { sharedModel: SharedNotebook } | null;
  };
  context: { ready: Promise<void> };
  sessionContext: ISessionContext;
}

export class Notebooks {
  private readonly panels = new Set<NotebookPanel>();
  private last: NotebookPanel | null = null;

  constructor(private readonly app: JupyterFrontEnd) {
    const changed = app.shell.currentChanged as ISignal<unknown, unknown> | undefined;
    changed?.connect(() => this.note(app.shell.currentWidget));
  }

  add(panel: NotebookPanel): void {
    this.panels.add(panel);
    panel.disposed.connect(() => {
      this.panels.delete(panel);
      this.last = this.last === panel ? null : this.last;
    });
    this.note(this.app.shell.currentWidget);
  }

  /** The notebook in front, else the one that was there last. */
  get current(): NotebookPanel | null {
    this.note(this.app.shell.currentWidget);
    return this.last ?? (this.panels.size === 1 ? ([...this.panels][0] ?? null) : null);
  }

  /** Whether the notebook is the one in front. */
  get isInFront(): boolean {
    const panel = this.current;
    return panel !== null && panel === this.app.shell.currentWidget;
  }

  /** Put a cell below the active one, bring the notebook to the front, and make the new cell the active one. */
  insert(source: string): boolean {
    const panel = this.current;
    const model = panel?.content.model;
    if (!panel || !model) {
      return false;
    }
    const at = panel.content.activeCellIndex + 1;
    model.sharedModel.insertCell(at, { cell_type: 'code', source });
    panel.content.activeCellIndex = at;
    this.app.shell.activateById(panel.id);
    return true;
  }

  /** A new notebook with these cells, and with the kernel that is usual here. */
  async create(cells: string[]): Promise<void> {
    const { commands, serviceManager } = this.app;
    await serviceManager.kernelspecs.ready;
    const kernelName = serviceManager.kernelspecs.specs?.default;
    const panel = (await commands.execute('notebook:create-new', { kernelName })) as NotebookPanel | undefined;
    await panel?.context.ready;
    const shared = panel?.content.model?.sharedModel;
    if (panel && shared) {
      const [empty] = shared.cells;
      const before = empty ? cells.slice(0, -1) : cells;
      before.forEach((source, at) => shared.insertCell(at, { cell_type: 'code', source }));
      empty?.setSource(cells.at(-1) ?? '');
      panel.content.activeCellIndex = cells.length - 1;
    }
  }

  /** Put the cursor into the active cell. */
  async edit(): Promise<void> {
    const content = this.current?.content;
    await content?.activeCell?.ready;
    if (content) {
      content.mode = 'edit';
    }
  }

  private note(widget: Widget | null): void {
    const panel = widget as NotebookPanel | null;
    if (panel && this.panels.has(panel)) {
      this.last = panel;
    }
  }
}

const all = new WeakMap<JupyterFrontEnd, Notebooks>();

/** The one such object of a page. */
export function notebooksOf(app: JupyterFrontEnd): Notebooks {
  const known = all.get(app) ?? new Notebooks(app);
  all.set(app, known);
  return known;
}
