import { errorMessage, MusterError, withDeadline } from '@muster/membership';
import type { z } from 'zod';
import { type ApiEvent, type ApiMember, type ApiPlan, type ApiStatus, answers } from './api-schema.js';
import { SHOW_TOKEN } from './compose-token.js';
import { readEventStream } from './event-stream.js';

const TIMEOUT_MS = 5_000;
const NEVER = new AbortController().signal;

/** What an operator can ask of one member. */
export type Operation = 'drain' | 'ready' | 'leave';

/** The watcher's HTTP API. Every call rejects with a `MusterError` that names the address. */
export interface ApiClient {
  readonly url: string;
  status(signal?: AbortSignal): Promise<ApiStatus>;
  members(signal?: AbortSignal): Promise<readonly ApiMember[]>;
  plan(signal?: AbortSignal): Promise<ApiPlan>;
  /** The latest events, oldest first. */
  events(signal?: AbortSignal): Promise<readonly ApiEvent[]>;
  /** Events after `since` as they happen, until `signal` aborts. */
  follow(since: number, signal: AbortSignal): AsyncIterable<ApiEvent>;
  operate(operation: Operation, service: string, id: string, signal?: AbortSignal): Promise<void>;
  /** `null` gives the member its own weight back. */
  setWeight(service: string, id: string, weight: number | null, signal?: AbortSignal): Promise<void>;
}

export interface ApiClientOptions {
  /** Without a slash at its end. */
  readonly url: string;
  /** Looked up when a change is asked for; null = there is none. */
  readonly token: () => Promise<string | null>;
}

export function createApiClient({ url, token }: ApiClientOptions): ApiClient {
  const get = <S extends z.ZodType>(path: string, schema: S, signal?: AbortSignal) =>
    ask({ url, path, method: 'GET', headers: {} }, schema, signal);
  const change = async (operation: string, service: string, id: string, body: unknown, signal?: AbortSignal) => {
    const path = `/v1/members/${encodeURIComponent(service)}/${encodeURIComponent(id)}/${operation}`;
    const headers = {
      ...authorization(await token()),
      ...(body === null ? {} : { 'content-type': 'application/json' }),
    };
    await ask({ url, path, method: 'POST', headers, body }, answers.accepted, signal);
  };
  return {
    url,
    status: (signal) => get('/v1/status', answers.status, signal),
    members: async (signal) => (await get('/v1/members', answers.members, signal)).members,
    plan: (signal) => get('/v1/plan', answers.plan, signal),
    events: async (signal) => (await get('/v1/events', answers.events, signal)).events,
    async *follow(since, signal) {
      const path = `/v1/events?follow=1&since=${since}`;
      const response = await send({ url, path, method: 'GET', headers: { accept: 'text/event-stream' } }, signal);
      if (!response.ok || !response.body) await readAnswer(url, response, answers.events);
      else yield* readEventStream(response.body, signal);
    },
    operate: (operation, service, id, signal) => change(operation, service, id, null, signal),
    setWeight: (service, id, weight, signal) => change('weight', service, id, { weight }, signal),
  };
}

interface Question {
  readonly url: string;
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Record<string, string>;
  /** Sent as JSON; null or absent = none. */
  readonly body?: unknown;
}

async function ask<S extends z.ZodType>(
  question: Question,
  schema: S,
  signal: AbortSignal = NEVER,
): Promise<z.infer<S>> {
  const { url } = question;
  try {
    return await withDeadline(TIMEOUT_MS, signal, async (deadline) =>
      readAnswer(url, await send(question, deadline), schema),
    );
  } catch (thrown) {
    if (!(thrown instanceof MusterError) || thrown.code !== 'timed-out') throw thrown;
    throw unreachable(`the watcher on ${url} did not answer within ${TIMEOUT_MS / 1000} s`, thrown);
  }
}

async function send({ url, path, method, headers, body = null }: Question, signal: AbortSignal): Promise<Response> {
  try {
    const content = body === null ? {} : { body: JSON.stringify(body) };
    return await fetch(`${url}${path}`, { method, headers, signal, redirect: 'error', ...content });
  } catch (thrown) {
    throw unreachable(whyUnreachable(url, thrown), thrown);
  }
}

function unreachable(message: string, cause: unknown): MusterError {
  return new MusterError('watcher-unreachable', message, { retryable: true, cause });
}

function whyUnreachable(url: string, thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED')
    return `no watcher answers on ${url}: is \`npm start\` or \`docker compose up\` running? (--api, MUSTER_API)`;
  return `cannot reach the watcher on ${url}: ${errorMessage(cause)} (--api, MUSTER_API)`;
}

function authorization(token: string | null): Record<string, string> {
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

async function readAnswer<S extends z.ZodType>(url: string, response: Response, schema: S): Promise<z.infer<S>> {
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) {
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    const where = issue ? `${issue.path.join('.')}: ${issue.message}` : 'malformed';
    throw new MusterError('answer-unknown', `what answers on ${url} is no watcher of this version (${where})`);
  }
  throw refusal(url, response.status, body);
}

function refusal(url: string, status: number, body: unknown): MusterError {
  const parsed = answers.error.safeParse(body);
  const { code, message } = parsed.success
    ? parsed.data.error
    : { code: `http-${status}`, message: `status ${status}` };
  if (status !== 401) return new MusterError(code, `the watcher on ${url} refused: ${message}`);
  const advice =
    "set MUSTER_TOKEN, or MUSTER_TOKEN_FILE to the token file in the watcher's RUN_DIR; " +
    `of a cluster in containers it is what \`${SHOW_TOKEN}\` prints`;
  return new MusterError(code, `the watcher on ${url} wants its token for a change (${message}): ${advice}`);
}
