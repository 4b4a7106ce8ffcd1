import { MusterError } from '@muster/membership';

/** Two Node processes per member: more than this is a mistake on one machine. */
export const MAX_SCALE = 100;

/** @throws `scale-invalid` for anything but a whole number from 0 to 100. */
export function parseScale(value: string | number): number {
  const count = /^\d{1,3}$/.test(String(value)) ? Number(value) : Number.NaN;
  if (count <= MAX_SCALE) return count;
  throw new MusterError(
    'scale-invalid',
    `cannot scale to ${JSON.stringify(value)}: give a whole number from 0 to ${MAX_SCALE}`,
  );
}
