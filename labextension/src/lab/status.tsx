// The status bar's item: how many jobs run and wait, and what was spent today.

import { ReactWidget } from '@jupyterlab/ui-components';
import type { Frame, Receiver } from '../sources/live';
import { trans } from '../translation';
import type { Status } from '../view';
import { cost, number } from '../wording';
import type { LabServer } from './server';

type Counts = Partial<Record<Status, number>>;

interface Spent {
  cost_usd: string | null;
  unknown_cost_calls: number;
}

/** What was spent is asked for at most so often. */
const SPENT_MILLISECONDS = 15_000;

export class StatusItem extends ReactWidget implements Receiver {
  private counts: Counts = {};
  private spent: Spent | null = null;
  private asked = 0;
  private asking: ReturnType<typeof setTimeout> | undefined;
  private known = -1;
  private leave: (() => void) | null = null;

  constructor(
    private readonly server: LabServer,
    private readonly onShow: () => void
  ) {
    super();
    this.addClass('jp-statek-StatusItem');
  }

  setWanted(wanted: boolean): void {
    if (wanted && this.leave === null) {
      this.leave = this.server.follow({ jobs: { limit: 1 } }, this);
    } else if (!wanted) {
      this.leave?.();
      this.leave = null;
      clearTimeout(this.asking);
      this.asking = undefined;
      this.hide();
    }
  }

  override dispose(): void {
    this.setWanted(false);
    super.dispose();
  }

  get hasSomething(): boolean {
    return this.leave !== null && Object.keys(this.counts).length > 0;
  }

  version(): number | null {
    return this.known < 0 ? null : this.known;
  }

  receive(frame: Frame): void {
    if (frame.type === 'full') {
      this.known = frame.version;
      this.take((frame.view as { counts: Counts }).counts);
    } else if (frame.type === 'delta') {
      this.known = frame.version;
      const { set } = frame.delta as { set?: { counts?: Counts } };
      this.take(set?.counts ?? this.counts);
    }
  }

  lost(): void {
    // What was known last stays; the panel says that the server does not answer.
  }

  absent(): void {
    this.hide();
  }

  protected render() {
    const running = amount(this.counts, ['WARMING_UP', 'STARTED']);
    const queued = amount(this.counts, ['READY']);
    const waiting = amount(this.counts, ['SUSPENDED']);
    const facts = [
      trans._n('%1 job running', '%1 jobs running', running, number(running)),
      queued > 0 ? trans.__('%1 queued', number(queued)) : '',
      waiting > 0 ? trans.__('%1 waiting', number(waiting)) : '',
      this.spent ? trans.__('%1 today', cost(this.spent.cost_usd, this.spent.unknown_cost_calls)) : ''
    ];
    return (
      <button type="button" title={trans.__('Show the panel of all jobs')} onClick={this.onShow}>
        {facts.filter(Boolean).join(' · ')}
      </button>
    );
  }

  private take(counts: Counts): void {
    this.counts = counts;
    this.setHidden(!this.hasSomething);
    this.update();
    // The last change is asked for, too, once it is time.
    this.asking ??= setTimeout(() => this.askSpent(), Math.max(0, this.asked + SPENT_MILLISECONDS - Date.now()));
  }

  private askSpent(): void {
    this.asked = Date.now();
    this.asking = undefined;
    const today = new Date();
    today.setHours(0, 0, 0, 0);
    this.server.get<Spent>('/spent', { since: today.getTime() }).then(
      spent => {
        this.spent = spent;
        this.update();
      },
      () => undefined
    );
  }
}

function amount(counts: Counts, statuses: Status[]): number {
  return statuses.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
}
