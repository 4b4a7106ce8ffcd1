import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import {
  type Acknowledgement,
  acknowledgementSchema,
  type DrainBoard,
  type Intent,
  intentSchema,
} from '../drain-board.js';
import { latest } from '../latest.js';
import { compareIds, ID_PATTERN } from '../schema.js';
import { type Document, removeDocument, writeDocument } from './document.js';
import { type FolderOptions, watchFolder } from './folder.js';
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

/** The folder as a map of parsed entries; what does not parse is left out. */
function watchEntries<T>(
  path: string,
  whenLost: FolderOptions['whenLost'],
  parse: (name: string, value: unknown) => T | null,
  signal: AbortSignal,
): AsyncIterable<ReadonlyMap<string, T>> {
  return latest(signal, (publish, stop) => {
    let last: ReadonlyMap<string, T> | null = null;
    const looked = (files: ReadonlyMap<string, Document>) => {
      const entries = parseAll(files, parse);
      if (last && isDeepStrictEqual(last, entries)) return;
      last = entries;
      publish(entries);
    };
    // A fault is silent: what was last read stands until the folder is back.
    return watchFolder({ path, whenLost, looked, fault: () => {} }, stop);
  });
}

function parseAll<T>(
  files: ReadonlyMap<string, Document>,
  parse: (name: string, value: unknown) => T | null,
): Map<string, T> {
  const entries = [...files]
    .sort(([a], [b]) => compareIds(a, b))
    .flatMap(([name, document]): [string, T][] => {
      const entry = ID_PATTERN.test(name) && 'value' in document ? parse(name, document.value) : null;
      return entry === null ? [] : [[name, entry]];
    });
  return new Map(entries);
}

function parseAcknowledgement(balancer: string, value: unknown): Acknowledgement | null {
  const parsed = acknowledgementSchema.safeParse(value);
  return parsed.success ? { balancer, ...parsed.data } : null;
}

function parseIntent(_id: string, value: unknown): Intent | null {
  const parsed = intentDocumentSchema.safeParse(value);
  return parsed.success ? parsed.data.intent : null;
}
