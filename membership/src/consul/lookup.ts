import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { withDeadline } from '../deadline.js';
import { errorCode } from '../errors.js';
import { resolveName } from '../resolve-name.js';

type Answer = readonly LookupAddress[];

/** Longer than any DNS of a data centre takes. */
const PATIENCE_MS = 1_000;

const NEVER = new AbortController().signal;

/**
 * Look-ups for clients that try again for ever. The system's resolver may hang for half a minute when its server is cut
 * off too. So there is one look-up at a time for a name, however many ask, and while the DNS is silent the answer before
 * stands: Consul has seldom moved.
 */
export function patientLookup(
  resolve: (name: string) => Promise<Answer> = (name) => resolveName(name),
  patienceMs = PATIENCE_MS,
): LookupFunction {
  const asking = new Map<string, Promise<Answer>>();
  const known = new Map<string, Answer>();

  const ask = (name: string): Promise<Answer> => {
    const asked = resolve(name).finally(() => asking.delete(name));
    asking.set(name, asked);
    asked.then((answer) => known.set(name, answer)).catch(() => {});
    return asked;
  };
  const find = async (name: string): Promise<Answer> => {
    try {
      return await withDeadline(patienceMs, NEVER, () => asking.get(name) ?? ask(name));
    } catch (thrown) {
      const before = known.get(name);
      if (before && SILENT.has(errorCode(thrown) ?? '')) return before;
      throw thrown;
    }
  };
  return (name, { all, family }, done) => {
    find(name).then(
      (answer) => {
        const wanted = answer.filter((one) => !family || one.family === Number(`${family}`.at(-1)));
        const [first] = wanted;
        if (!first) done(Object.assign(new Error(`no address of ${name}`), { code: 'ENOTFOUND' }), '');
        else if (all) done(null, wanted);
        else done(null, first.address, first.family);
      },
      (thrown: NodeJS.ErrnoException) => done(thrown, ''),
    );
  };
}

/** No answer, as opposed to the answer that there is no such name. */
const SILENT: ReadonlySet<string> = new Set(['timed-out', 'EAI_AGAIN', 'ETIMEOUT']);
