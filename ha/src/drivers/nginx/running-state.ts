import { MusterError } from '@muster/membership';
import { z } from 'zod';
import type { DesiredState } from '../../plan/desired.js';
import { durationMs, type Settings } from '../../settings.js';

/** How the watcher checks the servers of a config: it stands in the config, so that what runs and what is checked agree. */
const checkSchema = z.object({
  /** Empty: a TCP connection is enough. */
  path: z.string(),
  intervalMs: z.number(),
  fastMs: z.number(),
  downMs: z.number(),
  timeoutMs: z.number(),
});

/** One server; in the config a list and not an object, because it stands there a thousand times. */
const serverSchema = z
  .tuple([
    z.string(),
    z.int(),
    z.string(),
    z.int(),
    z.int(),
    z.enum(['ready', 'drain', 'maint']),
    z.boolean(),
    z.boolean(),
  ])
  .transform(([name, serverId, address, port, weight, admin, down, checked]) => {
    return { name, serverId, address, port, weight, admin, down, checked };
  });

const stateSchema = z.object({
  revision: z.string(),
  check: checkSchema,
  backends: z.record(z.string(), z.array(serverSchema)),
});

export type CheckRule = z.infer<typeof checkSchema>;
export type StatedServer = Readonly<z.output<typeof serverSchema>>;
/** A server as it stands in the config. */
type ServerEntry = z.input<typeof serverSchema>;
/** What a config says of itself over the control socket. */
export type Stated = z.infer<typeof stateSchema>;

/** The text with which a config of `revision` tells its servers, in ascending order of their names. Needs no escaping. */
export function stateText(revision: string, desired: DesiredState, settings: Settings): string {
  const backends = [...desired].map(([name, servers]) => [
    name,
    [...servers.values()].map(
      (one): ServerEntry => [
        one.name,
        one.serverId,
        one.address,
        one.port,
        one.weight,
        one.admin,
        one.down,
        one.checked,
      ],
    ),
  ]);
  const check: CheckRule = {
    path: settings.HEALTH_PATH,
    intervalMs: durationMs(settings.CHECK_INTERVAL),
    fastMs: durationMs(settings.CHECK_FAST_INTERVAL),
    downMs: durationMs(settings.CHECK_DOWN_INTERVAL),
    timeoutMs: durationMs(settings.CHECK_TIMEOUT),
  };
  return JSON.stringify({ revision, check, backends: Object.fromEntries(backends) });
}

/** `4711 {…}` → the worker that answered, and what it runs. Throws `balancer-answer-unknown`. */
export function parseState(answer: string): { readonly pid: number; readonly text: string; readonly stated: Stated } {
  const [, pid = '', text = ''] = /^(\d+) (\{.*\})$/s.exec(answer) ?? [];
  try {
    return { pid: Number(pid), text, stated: stateSchema.parse(JSON.parse(text)) };
  } catch (cause) {
    throw new MusterError(
      'balancer-answer-unknown',
      `NGINX answered ${JSON.stringify(answer.slice(0, 200))} when it was asked what it runs: its template lacks, or has changed, the location /state`,
      { cause, retryable: true },
    );
  }
}

/** A word of a config file may have 4,095 bytes (nginx source, `NGX_CONF_BUFFER`). */
const LONGEST = 3_000;

/** The text in parts that fit into a config file. */
export function stateParts(text: string): string[] {
  return text.match(new RegExp(`.{1,${LONGEST}}`, 'gs')) ?? [];
}
