import { cell, follow, type Latest } from '../agent/follow.js';
import { monotonicMs, sleep } from '../clock.js';
import { withDeadline } from '../deadline.js';
import type { DrainBoard, Intent } from '../drain-board.js';
import { errorMessage } from '../errors.js';
import type { Logger } from '../log.js';
import type { MembershipSource } from '../source.js';
import { createWake } from '../wake.js';
import { Asked } from './asked.js';
import { type MemberName, membersAt, type ServiceView, toAsk, toForget } from './members-at.js';

export interface LeaveMembersOptions {
  readonly source: MembershipSource;
  readonly board: DrainBoard;
  readonly services: readonly string[];
  /** Members that announce it live on this instance. */
  readonly address: string;
  /** For one call to the registry. */
  readonly callDeadlineMs: number;
  /** After a fault of the registry its sets are believed when they are this old: agents have joined again by then. */
  readonly settleMs: number;
  readonly log: Logger;
}

/** The members that are still here, `service/id` in ascending order. No value while the registry cannot say. */
export interface LeavingMembers extends Latest<readonly string[]> {
  /** Resolves when `signal` has aborted and no call is under way. */
  readonly done: Promise<void>;
}

/** From one look at the registry to the next: when something changes, but no sooner than the first, ms. */
const LOOK_MS = { least: 50, most: 1_000 } as const;

/**
 * Asks every member of this instance to leave, as an operator does with `muster leave`, until `signal` aborts. It acts on what
 * the registry says and not on what it asked before, so that a member that joins again is asked again, and an intent that
 * got lost is set again.
 */
export function leaveMembers(options: LeaveMembersOptions, signal: AbortSignal): LeavingMembers {
  const wake = createWake();
  const views = options.services.map((service) => viewService(service, options, wake.call, signal));
  const here = cell<readonly string[]>();
  const asked = new Asked(options.callDeadlineMs);
  const pass = async () => {
    const now = views.map((view) => view());
    const nowMs = monotonicMs();
    noteHere(membersAt(now, options, nowMs));
    for (const member of asked.due(toAsk(now, options.address), nowMs))
      if (await setIntent(member, 'leave')) asked.note(member, monotonicMs());
    for (const member of asked.overdue(toForget(now, asked.members), nowMs))
      if (await setIntent(member, null)) asked.forget(member);
  };

  function noteHere(names: readonly string[] | undefined): void {
    const before = here.value ?? [];
    if (names === undefined || (here.value && names.join() === before.join())) return;
    const left = before.filter((name) => !names.includes(name));
    options.log.info({ here: names, left }, 'members of this instance');
    here.set(names);
  }

  /** False when the registry did not take it. */
  async function setIntent({ service, id }: MemberName, intent: 'leave' | null): Promise<boolean> {
    const { board, callDeadlineMs, log } = options;
    try {
      await withDeadline(callDeadlineMs, signal, (deadline) => board.setIntent(service, id, intent, deadline));
      log.info({ service, id }, intent === null ? 'intent of a member that is gone cleared' : 'member asked to leave');
      return true;
    } catch (thrown) {
      log.debug({ service, id, error: errorMessage(thrown) }, 'intent not set yet');
      return false;
    }
  }

  const run = async () => {
    while (!signal.aborted) {
      await pass();
      await sleep(LOOK_MS.least, signal);
      await wake.wait(LOOK_MS.most, signal);
    }
  };
  const done = run();
  return {
    get value() {
      return here.value;
    },
    onChange: here.onChange,
    done,
  };
}

/** Follows one service; gives what is known of it now. */
function viewService(
  service: string,
  { source, board, log }: LeaveMembersOptions,
  onChange: () => void,
  signal: AbortSignal,
): () => ServiceView {
  const onBroken = (thrown: unknown) => log.debug({ service, error: errorMessage(thrown) }, 'a watch broke off');
  const members = follow(() => source.watch(service, signal), signal, onBroken);
  const intents: Latest<ReadonlyMap<string, Intent>> = follow(
    () => board.watchIntents(service, signal),
    signal,
    onBroken,
  );
  let setAtMs = 0;
  members.onChange(() => {
    setAtMs = monotonicMs();
    onChange();
  });
  intents.onChange(onChange);
  return () => ({ service, set: members.value, setAtMs, intents: intents.value });
}
