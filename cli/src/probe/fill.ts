/** What a placeholder may stand for. */
export interface Place {
  /** Number of the request, from 1. */
  readonly n: number;
  /** Number of the client, from 1. */
  readonly client: number;
}

/** `{n}` and `{client}`, and with `%K` their remainder: `{n%500}` makes 500 keys that come again and again. */
const PLACEHOLDER = /\{(n|client)(?:%([1-9]\d{0,6}))?\}/g;

/** Text with its placeholders filled in; other braces stay as they are. */
export function fill(text: string, place: Place): string {
  return text.replaceAll(PLACEHOLDER, (_all, name: keyof Place, modulus: string | undefined) =>
    String(modulus === undefined ? place[name] : place[name] % Number(modulus)),
  );
}
