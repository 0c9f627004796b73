// What the views need of the server, and a job from it: snapshot and changes over the live connection, actions over HTTP.

import type { Act, Answer, Ask, Command, Fields, QuestionName } from '../questions';
import { trans } from '../translation';
import type { JobView } from '../view';
import type { Follow, Frame, Receiver } from './live';
import { JobSequence } from './sequence';
import { type JobSource, type JobState, words } from './source';

export interface Server {
  get<Answered>(path: string, query?: Record<string, string | number | string[]>): Promise<Answered>;
  /** Rejects with words for the person. */
  post<Answered>(path: string, body: unknown): Promise<Answered>;
  follow: Follow;
}

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
    this.sequence = new JobSequence(
      () => this.followAgain(),
      (name, fields) => this.ask(name, fields),
      saved
    );
    this.receiver = {
      version: () => (this.sequence.version < 0 ? null : this.sequence.version),
      receive: frame => this.receive(frame),
      lost: () => this.sequence.version < 0 || this.sequence.update({ connection: 'lost' }),
      absent: () =>
        this.notThere(trans.__('The server cannot show jobs: its part of statek_jupyter is missing or switched off.'))
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

  need(start: number, stop: number): void {
    this.sequence.need(start, stop);
  }

  readonly ask: Ask = <Name extends QuestionName>(name: Name, fields: Fields<Name>) =>
    this.server.get<Answer<Name>>(`/jobs/${this.id}/${name}`, { ...fields });

  readonly act: Act = async command => {
    try {
      const answer = await sendCommand(this.server, this.id, command);
      this.sequence.update({ notice: '' });
      return answer;
    } catch (error) {
      this.sequence.update({ notice: words(error) });
      throw error;
    }
  };

  close(): void {
    this.leave();
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
      this.notThere(trans.__("The server's store has no job %1.", this.id));
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
export async function sendCommand(server: Server, id: string, command: Command): Promise<{ job?: string }> {
  return postOnce(server, `/jobs/${id}/commands`, command);
}

const MOST_AT_ONCE = 500;

/** Ask jobs to end. */
export async function stopJobs(server: Server, ids: string[]): Promise<void> {
  for (let start = 0; start < ids.length; start += MOST_AT_ONCE) {
    await postOnce(server, '/stop', { jobs: ids.slice(start, start + MOST_AT_ONCE) });
  }
}

async function postOnce<Answered>(server: Server, path: string, content: object): Promise<Answered> {
  const body = { ...content, key: `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}` };
  try {
    return await server.post(path, body);
  } catch (error) {
    if (!(error instanceof NoAnswerError)) {
      throw error;
    }
    return server.post(path, body);
  }
}

/** The server did not answer at all. */
export class NoAnswerError extends Error {
  constructor() {
    super(trans.__('The server does not answer.'));
  }
}
