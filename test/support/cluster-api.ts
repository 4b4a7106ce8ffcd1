import type { RecordedEvent } from '../../ha/src/events/event.js';
import type { MemberView, WatcherStatus } from '../../ha/src/watcher/status.js';

/** Short enough that `eventually` asks again within its own deadline. */
const ANSWER_DEADLINE_MS = 10_000;

/** The watcher's HTTP API as an operator's tool uses it. */
export class ClusterApi {
  readonly base: string;
  readonly #token: () => string;

  constructor(port: number, token: () => string) {
    this.base = `http://127.0.0.1:${port}`;
    this.#token = token;
  }

  status(): Promise<WatcherStatus> {
    return this.get('/v1/status');
  }

  async members(): Promise<readonly MemberView[]> {
    return (await this.get<{ members: MemberView[] }>('/v1/members')).members;
  }

  async events(): Promise<readonly RecordedEvent[]> {
    return (await this.get<{ events: RecordedEvent[] }>('/v1/events')).events;
  }

  plan(): Promise<{ text: string; steps: readonly string[]; reload: string | null }> {
    return this.get('/v1/plan');
  }

  /** `drain`, `ready` or `leave`, with the token of the run directory. */
  async ask(action: 'drain' | 'ready' | 'leave', id: string, service = 'webapp'): Promise<void> {
    await this.#change(`/v1/members/${service}/${encodeURIComponent(id)}/${action}`);
  }

  /** What `muster weight` asks; null = reset. */
  async setWeight(id: string, weight: number | null, service = 'webapp'): Promise<void> {
    await this.#change(`/v1/members/${service}/${encodeURIComponent(id)}/weight`, { weight });
  }

  async #change(path: string, body: object | null = null): Promise<void> {
    const json = body === null ? {} : { 'content-type': 'application/json' };
    const answer = await fetch(this.base + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token()}`, ...json },
      body: body === null ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
    });
    if (answer.status !== 202) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
  }

  async get<T>(path: string): Promise<T> {
    const answer = await fetch(this.base + path, { signal: AbortSignal.timeout(ANSWER_DEADLINE_MS) });
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }
}
