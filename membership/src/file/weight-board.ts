import { z } from 'zod';
import { checkedWeight, type WeightBoard, weightSchema } from '../weight-board.js';
import { removeDocument, writeDocument } from './document.js';
import { watchEntries } from './entries.js';
import { weightFile, weightFolder } from './paths.js';

const weightDocumentSchema = z.object({ weight: weightSchema });

/** Operators' weights as files below `<dir>/weight`. */
export function fileWeightBoard({ dir }: { readonly dir: string }): WeightBoard {
  return {
    async setWeight(service, id, weight, signal) {
      const path = weightFile(dir, service, id);
      if (weight === null) await removeDocument(path, signal);
      else writeDocument(path, { weight: checkedWeight(weight) }, signal);
    },
    watchWeights: (service, signal) => watchEntries(weightFolder(dir, service), 'fault', parseWeight, signal),
  };
}

function parseWeight(_id: string, value: unknown): number | null {
  const parsed = weightDocumentSchema.safeParse(value);
  return parsed.success ? parsed.data.weight : null;
}
