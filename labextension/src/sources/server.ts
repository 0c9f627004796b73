// What the views need of the server, and a job from it: snapshot and changes over the live connection, actions over HTTP.

import type { ItemView, JobView, OutputText } from '../view';
import type { Follow, Frame, Receiver } from './live';
import { JobSequence } from './sequence';
import type { JobSource, JobState } from './source';

export interface Server {
  get<Answer>(path: string, query?: Record<string, string | number>): Promise<Answer>;
  /** Rejects with words for the person. */
  post(path: string, body: unknown): Promise<void>;
  follow: Follow;
}

const PAGE_ENTRIES = 50;

export class ServerSource implements JobSource {
  private readonly sequence: JobSequence;
  private leave: () => void;
  private readonly receiver: Receiver;

  /**
   * @param server Where the job is, if it is there.
   * @param id The job's id.
   * @param saved A saved copy to show until the server has answered, and for good when it does not have the job.
   */
  constructor(
    private readonly server: Server,
    readonly id: string,
    saved: JobView | null = null
  ) {
    this.sequence = new JobSequence(() => this.followAgain(), saved);
    this.receiver = {
      version: () => (this.sequence.version < 0 ? null : this.sequence.version),
      receive: frame => this.receive(frame),
      lost: () => this.sequence.version < 0 || this.sequence.update({ connection: 'lost' }),
      absent: () => this.notThere('The server cannot show jobs: its part of statek_jupyter is missing or switched off.')
    };
    this.leave = server.follow({ job: id }, this.receiver);
  }

  state(): JobState {
    return this.sequence.current;
  }

  subscribe(listener: () => void): () => void {
    return this.sequence.subscribe(listener);
  }

  /** Show another saved copy, unless the server shows the job. */
  setSaved(view: JobView): void {
    if (this.sequence.version < 0) {
      this.sequence.update({ view });
    }
  }

  loadEarlier(): void {
    const before = this.sequence.first();
    if (before === 0 || this.sequence.current.loadingEarlier) {
      return;
    }
    this.sequence.update({ loadingEarlier: true });
    const range = { start: Math.max(0, before - PAGE_ENTRIES), stop: before };
    this.server.get<{ items: ItemView[] }>(`/jobs/${this.id}/items`, range).then(
      ({ items }) => this.sequence.addEarlier(items),
      (error: unknown) => this.sequence.update({ loadingEarlier: false, notice: words(error) })
    );
  }

  async readOutput(item: number, index: number, start: number): Promise<OutputText> {
    const answer = await this.server.get<{ output: OutputText }>(`/jobs/${this.id}/output`, { item, index, start });
    return answer.output;
  }

  send(text: string): Promise<void> {
    return this.command({ command: 'send', text });
  }

  stop(): Promise<void> {
    return this.command({ command: 'stop' });
  }

  resume(): Promise<void> {
    return this.command({ command: 'resume' });
  }

  close(): void {
    this.leave();
  }

  private async command(command: { command: string; text?: string }): Promise<void> {
    try {
      await sendCommand(this.server, this.id, command);
      this.sequence.update({ notice: '' });
    } catch (error) {
      this.sequence.update({ notice: words(error) });
      throw error;
    }
  }

  private followAgain(): void {
    this.sequence.version = -1;
    this.leave();
    this.leave = this.server.follow({ job: this.id }, this.receiver);
  }

  private receive(frame: Frame): void {
    if (frame.type === 'full') {
      this.sequence.take({ version: frame.version, now: frame.now, view: frame.view as JobView });
    } else if (frame.type === 'delta') {
      this.sequence.change(frame);
    } else if (frame.type === 'same') {
      this.sequence.update({ connection: 'live' });
    } else if (frame.type === 'gone') {
      this.notThere(`The server's store has no job ${this.id}.`);
    } else {
      this.notThere(frame.message);
    }
  }

  private notThere(reason: string): void {
    const saved = this.sequence.current.view !== null;
    this.sequence.update({ connection: 'saved', notice: saved ? '' : reason });
  }
}

/** Put a command into a job's inbox. Sent once more when no answer comes; its key keeps it from being done twice. */
export async function sendCommand(server: Server, id: string, command: { command: string; text?: string }) {
  const body = { ...command, key: `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}` };
  try {
    await server.post(`/jobs/${id}/commands`, body);
  } catch (error) {
    if (!(error instanceof NoAnswerError)) {
      throw error;
    }
    await server.post(`/jobs/${id}/commands`, body);
  }
}

/** The server did not answer at all. */
export class NoAnswerError extends Error {
  constructor() {
    super('The server does not answer.');
  }
}

export function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
