// The page's one live connection to the server: follows many things over it, comes back after a gap and asks for what it missed.

export type Subject = { job: string } | { jobs: Record<string, string | number | string[]> };

export type Frame =
  | { type: 'full'; version: number; now: number; view: unknown }
  | { type: 'delta'; base: number; version: number; now: number; delta: object }
  | { type: 'same'; version: number }
  | { type: 'gone' }
  | { type: 'problem'; message: string };

export interface Receiver {
  /** The version at hand, to be told only what came after; null for none. */
  version(): number | null;
  receive(frame: Frame): void;
  /** The connection broke; it is tried again. */
  lost(): void;
  /** There is nothing to connect to. */
  absent(): void;
}

/** Follows something; the returned function ends that. */
export type Follow = (subject: Subject, receiver: Receiver) => () => void;

/** What is needed of a WebSocket. */
export interface Socket {
  onclose: ((event: CloseEvent) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  send(text: string): void;
  close(): void;
}

interface Followed {
  subject: Subject;
  receiver: Receiver;
}

/** The server says something at least every 20 s; after this long without a word the connection is taken for broken. */
export const SILENCE_MILLISECONDS = 50_000;
const FIRST_DELAY = 500;
const LONGEST_DELAY = 20_000;

export class LiveConnection {
  private readonly followed = new Map<string, Followed>();
  private socket: Socket | null = null;
  private epoch: string | null = null;
  /** Whether the server has said its epoch on this connection: only then it is known what to ask for. */
  private greeted = false;
  private keys = 0;
  private failures = 0;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private absent = false;

  /**
   * @param open Makes a connection.
   * @param isThere Whether the server has our extension at all; asked before the first connection.
   */
  constructor(
    private readonly open: () => Socket,
    private readonly isThere: () => Promise<boolean>
  ) {}

  readonly follow: Follow = (subject, receiver) => {
    this.keys += 1;
    const key = String(this.keys);
    this.followed.set(key, { subject, receiver });
    if (this.absent) {
      queueMicrotask(() => this.followed.get(key)?.receiver.absent());
    } else if (this.greeted) {
      this.ask(key, false);
    } else if (this.keys === 1) {
      this.begin();
    }
    return () => {
      if (this.followed.delete(key) && this.greeted) {
        this.say({ type: 'leave', key });
      }
    };
  };

  private begin(): void {
    this.isThere().then(
      there => {
        if (there) {
          this.connect();
        } else {
          this.absent = true;
          this.followed.forEach(({ receiver }) => receiver.absent());
        }
      },
      () => this.again(() => this.begin())
    );
  }

  private connect(): void {
    const socket = this.open();
    this.socket = socket;
    socket.onmessage = ({ data }) => this.hear(String(data));
    socket.onclose = () => this.onClose(socket);
    this.listen();
  }

  private onClose(socket: Socket): void {
    if (socket !== this.socket) {
      return;
    }
    clearTimeout(this.silence);
    this.socket = null;
    this.greeted = false;
    this.followed.forEach(({ receiver }) => receiver.lost());
    this.again(() => this.connect());
  }

  private again(act: () => void): void {
    const delay = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.failures) * (0.75 + Math.random() / 2);
    this.failures += 1;
    setTimeout(act, delay);
  }

  private listen(): void {
    clearTimeout(this.silence);
    const socket = this.socket;
    this.silence = setTimeout(() => {
      socket?.close();
      if (socket) {
        this.onClose(socket);
      }
    }, SILENCE_MILLISECONDS);
  }

  private hear(text: string): void {
    this.listen();
    const message = JSON.parse(text) as (Frame & { key?: string }) | { type: 'heartbeat'; epoch: string };
    if (message.type === 'heartbeat') {
      this.greet(message.epoch);
    } else {
      this.followed.get(message.key ?? '')?.receiver.receive(message);
    }
  }

  private greet(epoch: string): void {
    if (this.greeted) {
      return;
    }
    const known = this.epoch === epoch;
    this.epoch = epoch;
    this.greeted = true;
    this.failures = 0;
    [...this.followed.keys()].forEach(key => this.ask(key, known));
  }

  private ask(key: string, resume: boolean): void {
    const followed = this.followed.get(key);
    if (followed) {
      const have = resume ? followed.receiver.version() : null;
      this.say({ type: 'follow', key, ...followed.subject, ...(have === null ? {} : { epoch: this.epoch, have }) });
    }
  }

  private say(message: object): void {
    this.socket?.send(JSON.stringify(message));
  }
}
