/**
 * The tag of what a fragment shows: FNV-1a over the data behind it, 53 bits. It decides only whether a poll is answered
 * with 304, so it needs no cryptography; ages are left to the page's own clock and never part of it.
 */
export function ptagOf(...shown: readonly unknown[]): string {
  const text = JSON.stringify(shown);
  let low = 0x811c9dc5;
  let high = 0x01000193;
  for (let place = 0; place < text.length; place += 1) {
    const unit = text.charCodeAt(place);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit ^ place, 0x5bd1e995);
  }
  return `${(high >>> 0).toString(36)}${(low >>> 0).toString(36)}`;
}
