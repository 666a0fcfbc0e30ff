/** Where to go after signing in: a path of this site, or `/`. */
export function safeNext(next: string | undefined | null): string {
  if (!next || !leadsHere(next)) return "/";
  const base = "http://updraft.invalid";
  const url = URL.canParse(next, base) ? new URL(next, base) : null;
  if (url?.origin !== base) return "/";
  const path = `${url.pathname}${url.search}${url.hash}`;
  // Once more, because resolving `/..//evil.example` makes `//evil.example` of it.
  return leadsHere(path) ? path : "/";
}

export function loginPath(next: string): string {
  return next === "/" ? "/login" : `/login?next=${encodeURIComponent(next)}`;
}

/** A second slash, forward or back, would begin the name of another host. */
function leadsHere(path: string): boolean {
  return /^\/(?![/\\])/.test(path);
}
