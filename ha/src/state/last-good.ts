import { mkdir, readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { dirname } from 'node:path';
import { errorCode, errorMessage, type Logger, type MemberSet, memberSchema, weightSchema } from '@muster/membership';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import type { GuardState } from '../guard/guard.js';
import type { TemplateSources } from '../render/structure.js';

/** The registry's own rules hold here too: these words reach a config without passing a source again. */
const member = memberSchema.extend({ address: z.string().refine((text) => isIP(text) !== 0 && !text.includes('%')) });

const schema = z.object({
  version: z.literal(1),
  services: z.record(
    z.string(),
    z.object({
      index: z.string().regex(/^\d+$/),
      members: z.array(
        z.object({
          member,
          fate: z.enum(['serve', 'drain']),
          held: z.enum(['registry-fault', 'sudden-shrink', 'last-member', 'check-passes']).nullable(),
        }),
      ),
      draining: z.array(z.string()),
      weights: z.record(z.string(), weightSchema).default({}),
    }),
  ),
  structure: z
    .object({
      sources: z.record(z.string(), z.string()),
      settings: z.record(z.string(), z.string()),
    })
    .nullable(),
});

/** What one service had: its members, whom operators had drained, and which weights they had set. */
export interface LastGoodService {
  readonly guard: GuardState;
  readonly draining: readonly string[];
  readonly weights: ReadonlyMap<string, number>;
}

/** What a balancer needs to serve while its registry is away: services, and the last templates that worked. */
export interface LastGood {
  readonly services: ReadonlyMap<string, LastGoodService>;
  readonly structure: { readonly sources: TemplateSources; readonly settings: Readonly<Record<string, string>> } | null;
}

/** Reads the last good state. A missing file gives null; a broken one is logged and gives null too. */
export async function readLastGood(path: string, logger: Logger): Promise<LastGood | null> {
  try {
    const parsed = schema.parse(JSON.parse(await readFile(path, 'utf8')));
    const services = Object.entries(parsed.services).map(([name, { index, members, draining, weights }]) => {
      const verdicts = new Map(members.map((verdict) => [verdict.member.id, verdict]));
      const guard = { index, verdicts, vanished: [] };
      return [name, { guard, draining, weights: new Map(Object.entries(weights)) }] as const;
    });
    return { services: new Map(services), structure: parsed.structure };
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') {
      logger.warn({ path, reason: errorMessage(error) }, 'last good state unreadable');
    }
    return null;
  }
}

/** The sets of the last good state: what was known before a restart is no news. */
export function knownSets(lastGood: LastGood | null): ReadonlyMap<string, MemberSet> {
  return new Map(
    [...(lastGood?.services ?? [])].map(([service, { guard }]) => {
      const members = new Map([...guard.verdicts].map(([id, { member }]) => [id, member]));
      return [service, { service, index: guard.index, members, rejected: [], afterFault: false }];
    }),
  );
}

/** Writes the last good state, whole or not at all. `save` returns at once; what comes while it writes is written after. */
export interface LastGoodWriter {
  save(state: LastGood): void;
  /** Why the last write failed, or null. */
  readonly problem: string | null;
  /** Resolves when nothing is being written. */
  settled(): Promise<void>;
}

export function lastGoodWriter(path: string, logger: Logger): LastGoodWriter {
  let written = '';
  let wanted = '';
  let writing: Promise<void> | null = null;
  let problem: string | null = null;

  async function write(): Promise<void> {
    while (wanted !== written) {
      const text = wanted;
      try {
        await mkdir(dirname(path), { recursive: true });
        await writeFileAtomic(path, text, { mode: 0o600 });
        written = text;
        problem = null;
      } catch (error) {
        const message = `writing ${path} failed: ${errorMessage(error)}`;
        if (message !== problem) logger.warn({ path, reason: errorMessage(error) }, 'last good state not written');
        problem = message;
        return;
      }
    }
  }

  return {
    get problem() {
      return problem;
    },
    save(state) {
      wanted = serialize(state);
      writing ??= write().finally(() => {
        writing = null;
      });
    },
    settled: async () => writing ?? undefined,
  };
}

function serialize({ services, structure }: LastGood): string {
  const entries = [...services].map(([name, { guard, draining, weights }]) => [
    name,
    {
      index: guard.index,
      members: [...guard.verdicts.values()],
      draining: [...draining].sort(),
      weights: Object.fromEntries([...weights].sort()),
    },
  ]);
  return JSON.stringify({ version: 1, services: Object.fromEntries(entries), structure });
}
