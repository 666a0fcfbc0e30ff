/** Groups whose cases are told in words: each has a test by hand of its name, or fails. */
import { z } from "zod";
import { byHand, HAND_TESTS } from "../by-hand.ts";
import { type Finding, type Group, group } from "../group.ts";

const told = z.looseObject({ airflow_test: z.string(), id: z.string().optional() });
type Told = z.infer<typeof told>;

const nameOf = (one: Told): string => one.id ?? one.airflow_test;

/** There are no backfills yet, which their cases are about; all others are as the tests by hand say. */
export function toldInWords(name: string, isLater: (one: Told) => boolean = () => false): Group {
  return group<Told>({
    shape: told,
    id: nameOf,
    check(one): Finding {
      const isKnown = HAND_TESTS[name]?.[nameOf(one)] !== undefined;
      if (!isKnown && isLater(one)) return { type: "later", reason: "Updraft has no backfills yet" };
      return byHand(name, nameOf(one), one);
    },
  });
}

export const isAboutBackfills = (one: Told): boolean => /test_backfill/.test(one.airflow_test);
