// No tests of its own: the real API server around a fixed view, for the tests beside it.
import http from 'node:http';
import type { Readable } from 'node:stream';
import { addressPolicy, createLogger, type DrainBoard, memoryRegistry, type WeightBoard } from '@muster/membership';
import { Registry } from 'prom-client';
import { createBus } from '../events/bus.js';
import type { ClusterEvent } from '../events/event.js';
import { createHistory } from '../events/history.js';
import { createMetricsSink } from '../events/metrics-sink.js';
import { createStream } from '../events/stream.js';
import { createOperator } from '../watcher/operator.js';
import type { MemberView, OperatorActions, WatcherStatus, WatcherView } from '../watcher/status.js';
import { startApi } from './server.js';

export const TOKEN = 'a'.repeat(64);

export function member(id: string, status: MemberView['status'] = 'alive'): MemberView {
  const base = { address: '10.0.0.1', port: 3000, weight: 1, capacity: 100, role: 'backend', boot: 'b1', tags: {} };
  const asked = { intent: null, operatorWeight: null, held: false };
  return { ...base, ...asked, id, status, service: 'webapp', server: null };
}

export function event(patch: Partial<ClusterEvent> = {}): ClusterEvent {
  return { type: 'member-join', service: 'webapp', member: 'web-1', message: 'web-1 joined', detail: {}, ...patch };
}

export const STATUS: WatcherStatus = {
  balancer: { id: 'ha-1', name: 'haproxy', version: '3.2.0', workers: 1 },
  services: ['webapp'],
  revision: 'abc',
  registry: { name: 'file', reachable: true },
  inSync: true,
  problem: null,
  reloads: 2,
  balance: 'roundrobin',
  stickyCookie: '',
};

export interface FixtureOptions {
  readonly members?: readonly MemberView[];
  readonly view?: Partial<WatcherView>;
  readonly actions?: Partial<OperatorActions>;
  readonly allowedHosts?: readonly string[];
  readonly heartbeatMs?: number;
  readonly maxQueued?: number;
  readonly maxSubscribers?: number;
  readonly actionDeadlineMs?: number;
  readonly port?: number;
}

export async function startFixture(options: FixtureOptions = {}) {
  const { members = [member('web-1'), member('web-2', 'leaving')], allowedHosts = [], heartbeatMs = 15_000 } = options;
  const { actionDeadlineMs = 5000 } = options;
  const calls: string[] = [];
  const stop = new AbortController();
  const logger = createLogger('test', 'silent');
  const history = createHistory();
  const { maxQueued = 1000, maxSubscribers = 64 } = options;
  const stream = createStream({ maxQueued, maxSubscribers });
  const metrics = new Registry();
  const bus = createBus({ sinks: [history, stream, createMetricsSink(metrics)], logger });
  const plan = { text: 'runtime: none; reload: none', steps: [], reload: null };
  const view = { passes: () => true, status: () => STATUS, members: () => members, plan: () => plan, ...options.view };
  const { board, weights, registrar } = memoryRegistry({ policy: addressPolicy(['10.0.0.0/8'], []) });
  const noted: DrainBoard = {
    ...board,
    setIntent: async (service, id, intent) => void calls.push(`${intent ?? 'ready'} ${service} ${id}`),
  };
  const notedWeights: WeightBoard = {
    ...weights,
    setWeight: async (service, id, weight) => void calls.push(`weight ${service} ${id} ${weight}`),
  };
  const operator = createOperator({
    services: STATUS.services,
    members: view.members,
    drainBoard: noted,
    weightBoard: notedWeights,
    registrar,
    release: () => {},
  });
  const actions = { ...operator, ...options.actions };
  const api = await startApi({
    bind: { address: '127.0.0.1', port: options.port ?? 0 },
    signal: stop.signal,
    ...{ view, actions, history, stream, metrics, token: TOKEN, allowedHosts, logger, heartbeatMs, actionDeadlineMs },
  });
  const send = (path: string, request: RequestOptions = {}) => sendRequest(api.port, path, request);
  const close = async () => {
    stop.abort();
    await api.closed;
  };
  return { api, bus, calls, send, close, stop };
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  readonly json: unknown;
}

/** `node:http`, because fetch does not let a test choose Host and Origin. */
async function sendRequest(port: number, path: string, options: RequestOptions): Promise<Answer> {
  const response = await openRequest(port, path, options);
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  const isJson = response.headers['content-type']?.startsWith('application/json') ?? false;
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text,
    json: isJson ? JSON.parse(text || 'null') : null,
  };
}

/** Resolves at the response's headers. */
export function openRequest(port: number, path: string, options: RequestOptions = {}): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {} } = options;
    const request = http.request({ host: '127.0.0.1', port, path, method, headers, agent: false }, resolve);
    request.on('error', reject).end(options.body);
  });
}

/** Everything that has arrived so far; `ended` when the other side has finished or cut. */
export function collect(readable: Readable): { readonly text: () => string; readonly ended: () => boolean } {
  let text = '';
  let ended = false;
  readable.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  readable.on('close', () => (ended = true)).on('error', () => (ended = true));
  return { text: () => text, ended: () => ended };
}
