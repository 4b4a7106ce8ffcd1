/** The cookies of one client, as far as a load tester needs them: names and values, no domains and paths. */
export interface CookieJar {
  /** The value of the `Cookie` header, or null while the jar is empty. */
  header(): string | null;
  /** Takes in the `Set-Cookie` headers of an answer. */
  store(setCookies: readonly string[]): void;
}

/** `Max-Age=0` or an end in the past takes the cookie out (RFC 6265, 5.2.1 and 5.2.2). */
export function createCookieJar(nowMs: () => number = Date.now): CookieJar {
  const cookies = new Map<string, string>();
  return {
    header: () => (cookies.size === 0 ? null : [...cookies.values()].join('; ')),
    store(setCookies) {
      for (const one of setCookies) {
        const [pair = '', ...attributes] = one.split(';').map((part) => part.trim());
        const name = pair.split('=', 1)[0] ?? '';
        if (attributes.some((attribute) => isOver(attribute, nowMs()))) cookies.delete(name);
        else cookies.set(name, pair);
      }
    },
  };
}

function isOver(attribute: string, nowMs: number): boolean {
  const [, name = '', value = ''] = /^(max-age|expires)=(.*)$/i.exec(attribute) ?? [];
  if (name.toLowerCase() === 'max-age') return Number(value) <= 0;
  return name !== '' && Date.parse(value) <= nowMs;
}
