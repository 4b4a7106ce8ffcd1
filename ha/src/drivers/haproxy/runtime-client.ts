import type { Logger } from '@muster/membership';
import { openSession, type Session } from './session.js';

/** Talks to the stats socket of the worker that serves. */
export interface RuntimeClient {
  /** Sends the commands in order and gives one trimmed reply per command. */
  ask(commands: readonly string[], signal: AbortSignal): Promise<string[]>;
  /** Forgets the connection: the next call finds whoever listens then. */
  reconnect(): void;
}

export interface RuntimeClientOptions {
  readonly path: string;
  /** For one `ask`, connection included. Default 3 s. */
  readonly timeoutMs?: number;
  readonly logger: Logger;
}

/** Long enough for a pass to write on the connection it read from, too short to outlive its worker by much. */
const KEEP_MS = 25;

/** A client that keeps a connection for one pass: what was read and what is changed are then the same worker's. */
export function runtimeClient({ path, timeoutMs = 3_000, logger }: RuntimeClientOptions): RuntimeClient {
  let kept: Session | null = null;
  let timer: NodeJS.Timeout | undefined;

  return {
    async ask(commands, signal) {
      if (commands.length === 0) return [];
      for (const command of commands) logger.debug({ command }, 'runtime command');
      clearTimeout(timer);
      const session = kept?.usable ? kept : openSession(path);
      if (kept !== session) kept?.close();
      kept = session;
      const replies = await session.ask(commands, timeoutMs, signal);
      timer = setTimeout(reconnect, KEEP_MS);
      return replies;
    },
    reconnect,
  };

  function reconnect(): void {
    clearTimeout(timer);
    kept?.close();
    kept = null;
  }
}
