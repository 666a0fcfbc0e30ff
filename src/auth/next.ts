/** Where to go after signing in: a path of this site, or `/`. */
export function safeNext(next: string | undefined | null): string {
  if (!next || !/^\/(?![/\\])/.test(next)) return "/";
  const base = "http://updraft.invalid";
  const url = URL.canParse(next, base) ? new URL(next, base) : null;
  return url?.origin === base ? `${url.pathname}${url.search}${url.hash}` : "/";
}

export function loginPath(next: string): string {
  return next === "/" ? "/login" : `/login?next=${encodeURIComponent(next)}`;
}
