/** PATH with the sbin folders, where Debian keeps daemons. */
export const SEARCH_PATH: string;

/**
 * The path of a program: `override` when it is set, else the first one of `SEARCH_PATH`.
 * @throws when `override` names no executable file.
 */
export function findBinary(name: string, override: string | undefined): string | undefined;

export function isExecutable(file: string): boolean;
