import { styleText } from 'node:util';

export type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Puts terminal colour around text, or gives the text back where colour is off. */
export type Paint = (colour: Colour, text: string) => string;

export const plainPaint: Paint = (_colour, text) => text;

/** Colour on a terminal only, and never with NO_COLOR set to anything (https://no-color.org). */
export function paintFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Paint {
  if (!stream.isTTY || env.NO_COLOR || env.TERM === 'dumb') return plainPaint;
  // styleText would look at this process's stdout, not at the stream that is written to.
  return (colour, text) => styleText(colour, text, { validateStream: false });
}

/** Text from outside with control characters made visible, so that it cannot steer the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
