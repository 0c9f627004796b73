// The tab of a job, and the tab of two jobs side by side.

import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import type { Widget } from '@lumino/widgets';
import type { Host } from '../components/host';
import { LiveCompare } from '../LiveCompare';
import { LiveJob } from '../LiveJob';
import { ServerSource } from '../sources/server';
import { PANES } from '../view';
import { Guard } from './Guard';
import type { LabServer } from './server';

/** What a tab shows, as it is kept over a reload. */
export interface TabContent extends ReactWidget {
  /** One id, or two with a `+` between them. */
  readonly shows: string;
}

export class JobContent extends ReactWidget implements TabContent {
  private readonly source: ServerSource;
  private readonly host: Host;

  constructor(
    server: LabServer,
    readonly shows: string,
    host: Host,
    onName: (name: string) => void
  ) {
    super();
    // The tab itself has the focus until there is something in it.
    this.host = { ...host, onDrawn: () => document.activeElement === this.node && focusLog(this) };
    this.addClass('jp-statek-Tab');
    this.source = new ServerSource(server, shows);
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

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    focusLog(this);
  }

  protected render() {
    return (
      <Guard>
        <LiveJob source={this.source} panes={[...PANES]} host={this.host} />
      </Guard>
    );
  }
}

/** From the log, keys go on to everything else; what of the view had the focus keeps it. */
function focusLog({ node }: Widget): void {
  if (node === document.activeElement || !node.contains(document.activeElement)) {
    node.querySelector<HTMLElement>('.jp-statek-Chat-log')?.focus({ preventScroll: true });
  }
}

export class CompareContent extends ReactWidget implements TabContent {
  readonly shows: string;
  private readonly sources: [ServerSource, ServerSource];

  constructor(
    server: LabServer,
    one: string,
    other: string,
    private readonly host: Host
  ) {
    super();
    this.shows = `${one}+${other}`;
    this.addClass('jp-statek-Tab');
    this.sources = [new ServerSource(server, one), new ServerSource(server, other)];
  }

  override dispose(): void {
    this.sources.forEach(source => source.close());
    super.dispose();
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    focusLog(this);
  }

  protected render() {
    return (
      <Guard>
        <LiveCompare sources={this.sources} host={this.host} />
      </Guard>
    );
  }
}
