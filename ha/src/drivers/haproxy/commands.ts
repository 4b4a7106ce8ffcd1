import { MusterError } from '@muster/membership';
import type { Step } from '../../plan/plan.js';
import type { Structure } from '../../render/structure.js';
import type { Capabilities } from './capabilities.js';

/** One runtime command with the closed list of replies that mean success, and of those that mean "not yet". */
export interface Command {
  readonly text: string;
  readonly accepts: RegExp;
  readonly notYet?: RegExp;
}

/** What a reply means. Anything unknown leaves the state of the process unknown, which only a reload can settle. */
export type Meaning = 'done' | 'not-yet' | 'unknown';

const SILENT = /^$/;
const MOVED = /^(nothing changed|(IP changed from|port changed from|no need to change).*by 'stats socket command')$/;

/** The commands of one step, in order. Every word is typed or passed a strict schema: nothing needs escaping. */
export function commandsOf(
  step: Step,
  structure: Structure,
  { cookieOnAdd }: Pick<Capabilities, 'cookieOnAdd'>,
): Command[] {
  const named = `${step.backend}/${'server' in step ? step.server.name : step.name}`;
  const state = (to: 'ready' | 'drain' | 'maint'): Command => ({
    text: `set server ${named} state ${to}`,
    accepts: SILENT,
  });
  // Also where a server should have its checks: the adding of it may have been cut short.
  const health = { text: `enable health ${named}`, accepts: SILENT };
  switch (step.kind) {
    case 'add':
      return [...addCommands(named, step, structure, state), ...cookie(step.backend, structure, cookieOnAdd)];
    case 'address':
      return [
        state('maint'),
        { text: `set server ${named} addr ${step.server.address} port ${step.server.port}`, accepts: MOVED },
      ];
    case 'weight':
      return [weight(named, step.weight)];
    case 'ready':
      // By way of drain: leaving maintenance resets the health to up, leaving drain does not (measured, 2.6 to 3.2).
      return step.down
        ? [health, state('drain'), { text: `set server ${named} health down`, accepts: SILENT }, state('ready')]
        : [health, state('ready')];
    case 'check':
      return [step.on ? health : { text: `disable health ${named}`, accepts: SILENT }];
    case 'mark':
      // Its own check does that.
      return [];
    case 'drain':
      return [health, state('drain')];
    case 'maint':
      return [state('maint')];
    case 'remove':
      return [...(step.admin === 'maint' ? [] : [state('maint')]), removal(named)];
  }
}

/** A new server starts in maintenance with its checks off (management manual, `add server`). */
function addCommands(
  named: string,
  step: Extract<Step, { kind: 'add' }>,
  structure: Structure,
  state: (to: 'ready' | 'drain') => Command,
): Command[] {
  const add = {
    text: `add server ${step.backend}/${structure.serverLine(step.server)}`,
    accepts: /^New server registered\.$/,
  };
  const health = { text: `enable health ${named}`, accepts: SILENT };
  if (step.server.admin === 'maint') return [add, health];
  if (step.server.admin === 'ready') return [add, health, state('ready')];
  // The fragment gave it weight 0, which in a file is the drain.
  return [add, health, state('drain'), weight(named, step.server.weight)];
}

/** Makes HAProxy compute the dynamic cookies that are missing. */
function cookie(backend: string, { settings }: Structure, cookieOnAdd: boolean): Command[] {
  if (cookieOnAdd || settings.STICKY_COOKIE === '') return [];
  return [{ text: `enable dynamic-cookie backend ${backend}`, accepts: SILENT }];
}

function weight(named: string, to: number): Command {
  return { text: `set server ${named} weight ${to}`, accepts: SILENT };
}

function removal(named: string): Command {
  return {
    text: `del server ${named}`,
    accepts: /^(Server deleted\.|No such server\.)$/,
    notYet: /connections? attached|still has|non-idle|in use/i,
  };
}

/** Judges a reply by the command's closed list. */
export function judge(command: Command, reply: string): Meaning {
  if (command.accepts.test(reply)) return 'done';
  return command.notYet?.test(reply) ? 'not-yet' : 'unknown';
}

/** The error for a reply that no list knows. */
export function unknownReply(command: Command, reply: string): MusterError {
  return new MusterError(
    'balancer-answer-unknown',
    `HAProxy answered \`${command.text}\` with ${JSON.stringify(reply.slice(0, 200))}: its state is unknown, a reload will settle it`,
    { retryable: true },
  );
}
