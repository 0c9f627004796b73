// The server of this page, as JupyterLab knows it: its address, log-in and cross-site protection go with every request.

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection, type ServiceManager } from '@jupyterlab/services';
import { LiveConnection } from '../sources/live';
import { NoAnswerError, type Server } from '../sources/server';

const ROOT = 'statek-jupyter';
const servers = new WeakMap<ServiceManager.IManager, LabServer>();

/** The one server object of a page, so that everything on it shares a live connection. */
export function serverOf(manager: ServiceManager.IManager): LabServer {
  const known = servers.get(manager) ?? new LabServer(manager.serverSettings);
  servers.set(manager, known);
  return known;
}

export class LabServer implements Server {
  private readonly live = new LiveConnection(
    () => this.openSocket(),
    () => this.isThere()
  );
  readonly follow = this.live.follow;

  constructor(private readonly settings: ServerConnection.ISettings) {}

  async get<Answer>(path: string, query: Record<string, string | number | string[]> = {}): Promise<Answer> {
    const fields = Object.entries(query).flatMap(([name, value]) =>
      [value].flat().map((one): [string, string] => [name, String(one)])
    );
    const answer = await this.request(`${path}?${new URLSearchParams(fields)}`, { method: 'GET', cache: 'no-cache' });
    return (await answer.json()) as Answer;
  }

  async post<Answer>(path: string, body: unknown): Promise<Answer> {
    const answer = await this.request(path, { method: 'POST', body: JSON.stringify(body) });
    return (await answer.json()) as Answer;
  }

  async delete(path: string): Promise<void> {
    await this.request(path, { method: 'DELETE' });
  }

  private async request(path: string, init: RequestInit): Promise<Response> {
    const url = URLExt.join(this.settings.baseUrl, ROOT) + path;
    const answer = await ServerConnection.makeRequest(url, init, this.settings).catch(() => {
      throw new NoAnswerError();
    });
    if (!answer.ok) {
      throw new Error(await reason(answer));
    }
    return answer;
  }

  private async isThere(): Promise<boolean> {
    const url = URLExt.join(this.settings.baseUrl, ROOT, 'store');
    const answer = await ServerConnection.makeRequest(url, {}, this.settings);
    // Any other answer is of our part, even if its store cannot be opened just now.
    return answer.status !== 404 && answer.status !== 403;
  }

  private openSocket(): WebSocket {
    const { wsUrl, token, appendToken, WebSocket } = this.settings;
    const query = appendToken && token ? `?token=${encodeURIComponent(token)}` : '';
    return new WebSocket(URLExt.join(wsUrl, ROOT, 'live') + query);
  }
}

async function reason(answer: Response): Promise<string> {
  const body: unknown = await answer.json().catch(() => null);
  const message = typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : '';
  return message || `The server answered ${answer.status} ${answer.statusText}.`;
}
