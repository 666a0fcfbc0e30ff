/** Groups whose cases are told in words: each has a test by hand of its name, or fails. */
import { z } from "zod";
import { byHand } from "../by-hand.ts";
import { type Group, group } from "../group.ts";

const told = z.looseObject({ airflow_test: z.string(), id: z.string().optional() });
type Told = z.infer<typeof told>;

const nameOf = (one: Told): string => one.id ?? one.airflow_test;

export function toldInWords(name: string): Group {
  return group<Told>({ shape: told, id: nameOf, check: (one) => byHand(name, nameOf(one), one) });
}
