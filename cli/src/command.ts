import type { Command } from 'commander';
import type { Paint } from './terminal.js';

/** What a subcommand may use of the process it runs in; made once, in `main.ts`. */
export interface CommandContext {
  readonly env: NodeJS.ProcessEnv;
  /** Writes one line to stdout. */
  readonly print: (line: string) => void;
  readonly paint: Paint;
  /** Ends the process with this code once the command is done; 0 if never called. */
  readonly exitWith: (code: number) => void;
}

/** Adds one subcommand to the program: a row of the table in `main.ts`. */
export type Subcommand = (program: Command, context: CommandContext) => void;
