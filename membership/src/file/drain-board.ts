import { z } from 'zod';
import {
  type Acknowledgement,
  acknowledgementSchema,
  type DrainBoard,
  type Intent,
  intentSchema,
} from '../drain-board.js';
import { removeDocument, writeDocument } from './document.js';
import { watchEntries } from './entries.js';
import { acknowledgementFile, acknowledgementFolder, drainFolder, intentFile, intentFolder } from './paths.js';

const intentDocumentSchema = z.object({ intent: intentSchema });

/** The drain board as files below `<dir>/drain` and `<dir>/intent`. */
export function fileDrainBoard({ dir }: { readonly dir: string }): DrainBoard {
  return {
    async acknowledge(key, { balancer, state, inFlight }, signal) {
      writeDocument(acknowledgementFile(dir, key, balancer), { state, inFlight }, signal);
    },
    watchAcknowledgements: (key, signal) =>
      // The folder of a leave is removed when it is cleared: that is an answer, not a fault.
      watchEntries(acknowledgementFolder(dir, key), 'create', parseAcknowledgement, signal),
    async clearAcknowledgements(service, id, signal) {
      await removeDocument(drainFolder(dir, service, id), signal);
    },
    async setIntent(service, id, intent, signal) {
      const path = intentFile(dir, service, id);
      if (intent) writeDocument(path, { intent }, signal);
      else await removeDocument(path, signal);
    },
    watchIntents: (service, signal) => watchEntries(intentFolder(dir, service), 'fault', parseIntent, signal),
  };
}

function parseAcknowledgement(balancer: string, value: unknown): Acknowledgement | null {
  const parsed = acknowledgementSchema.safeParse(value);
  return parsed.success ? { balancer, ...parsed.data } : null;
}

function parseIntent(_id: string, value: unknown): Intent | null {
  const parsed = intentDocumentSchema.safeParse(value);
  return parsed.success ? parsed.data.intent : null;
}
