import { request } from 'node:http';
import { errorMessage, MusterError } from '@muster/membership';
import { z } from 'zod';

/** A scale-down lasts as long as its slowest drain. */
const TIMEOUT_MS = 60_000;

const member = z.object({
  id: z.string(),
  port: z.number(),
  agentPid: z.number().nullable(),
  appPid: z.number().nullable(),
});

export const clusterStateSchema = z.object({
  service: z.string(),
  /** The scale that was asked for last. */
  wanted: z.number(),
  members: z.array(member),
  /** Folder of the log files. */
  log: z.string(),
});

/** What `up` says of its cluster. */
export type ClusterState = z.infer<typeof clusterStateSchema>;

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/**
 * Asks `up` over its control socket: for its state, or for another scale, which is answered once it is reached.
 * @throws `control-unreachable`, or the error of `up`.
 */
export async function askControl(socketPath: string, ask: { readonly scale: number } | 'state'): Promise<ClusterState> {
  const answer = await exchange(socketPath, ask);
  const state = clusterStateSchema.safeParse(answer);
  if (state.success) return state.data;
  const refused = errorSchema.safeParse(answer);
  if (refused.success) throw new MusterError(refused.data.error.code, refused.data.error.message);
  throw new MusterError('answer-unknown', `what answers on ${socketPath} is no \`muster up\` of this version`);
}

async function exchange(socketPath: string, ask: { readonly scale: number } | 'state'): Promise<unknown> {
  const [method, path, body] =
    ask === 'state' ? ['GET', '/state', ''] : ['POST', '/scale', JSON.stringify({ count: ask.scale })];
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) => {
      reject(
        new MusterError('control-unreachable', `cannot ask \`muster up\` on ${socketPath}: ${errorMessage(cause)}`, {
          cause,
        }),
      );
    };
    const outgoing = request(
      {
        socketPath,
        method,
        path,
        headers: { 'content-type': 'application/json' },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).once('error', fail);
        response.once('end', () => {
          try {
            resolve(JSON.parse(Buffer.concat(chunks).toString()));
          } catch (cause) {
            fail(cause);
          }
        });
      },
    );
    outgoing.once('error', fail);
    outgoing.end(body);
  });
}
