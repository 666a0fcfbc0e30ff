import { createContext, useContext } from "hono/jsx";

/** The instant a page was rendered at and the zone its reader chose; pages are pure, so both are given to them. */
export interface PageClock {
  readonly now: number;
  /** IANA name. */
  readonly zone: string;
}

export const ClockContext = createContext<PageClock>({ now: 0, zone: "UTC" });

export function useClock(): PageClock {
  return useContext(ClockContext);
}
