import type { Logger } from '@muster/membership';
import type { EventSink } from './sink.js';

/**
 * One info line per event: its type is the message, so that a search for one kind needs one fixed word. `detail` stays
 * an object of its own: its names can then never hide one of pino's (`pid`, `time`, `name`).
 */
export function createLogSink(logger: Logger): EventSink {
  return {
    name: 'log',
    emit({ type, seq, service, member, message, detail }) {
      logger.info({ seq, service, member, message, detail }, type);
    },
    async close() {},
  };
}
