/** Groups whose cases are told in words: each has a test by hand of its name, or fails. */
import { z } from "zod";
import { byHand, HAND_TESTS } from "../by-hand.ts";
import { type Group, group, UnknownShape } from "../group.ts";

const told = z.looseObject({ airflow_test: z.string(), id: z.string().optional() });
type Told = z.infer<typeof told>;

/** What names a case, beside the words that its test was written for. */
const NAMES: ReadonlySet<string> = new Set(["airflow_test", "id", "note"]);

const nameOf = (one: Told): string => one.id ?? one.airflow_test;

export function toldInWords(name: string): Group {
  return group<Told>({
    shape: told,
    id: nameOf,
    check(one) {
      const words = HAND_TESTS[name]?.[nameOf(one)]?.words ?? one;
      const unknown = Object.keys(one).find((field) => !NAMES.has(field) && !(field in words));
      if (unknown !== undefined) throw new UnknownShape(`the test by hand of "${nameOf(one)}" knows no "${unknown}"`);
      return byHand(name, nameOf(one), one);
    },
  });
}
