const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * The text of the first element of that name that holds nothing but text; null when there is none. Enough for what AWS's
 * query API answers to us, and no more of a parser than that.
 */
export function textIn(xml: string, element: string): string | null {
  const [, text] = new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml) ?? [];
  return text === undefined ? null : text.trim().replace(/&(\w+);/g, (all, name: string) => ENTITIES[name] ?? all);
}
