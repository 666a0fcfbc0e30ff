/**
 * What this isolate has read of versions. Spec, source and display of a DAG of 5,000 tasks are megabytes, and never change
 * under their hashes: a statement that names what is known here gets the hashes alone. Bounded by the text it stands for;
 * what was used longest ago goes first. Shared by all requests, so nobody may change what it hands out.
 */
import type { DagSpec } from "../dag/spec.ts";

export interface VersionContent {
  readonly spec: DagSpec;
  readonly source: string;
  /** What the build made of it for pages, as JSON; null where none did. */
  readonly display: string | null;
}

interface Entry {
  readonly content: VersionContent;
  readonly textLength: number;
}

/** An isolate has 128 MB for all that it does, and a parsed spec takes some four times its text. */
const MAX_TEXT_LENGTH = 6_000_000;

export class KnownVersions {
  readonly #maxTextLength: number;
  readonly #byDag = new Map<string, Map<string, Entry>>();
  #textLength = 0;

  constructor(maxTextLength = MAX_TEXT_LENGTH) {
    this.#maxTextLength = maxTextLength;
  }

  /** By token, as they are now: what is forgotten later stays good for whoever asked. */
  of(dagId: string): ReadonlyMap<string, VersionContent> {
    const entries = this.#byDag.get(dagId);
    if (entries === undefined) return new Map();
    this.#byDag.delete(dagId);
    this.#byDag.set(dagId, entries);
    return new Map([...entries].map(([token, { content }]) => [token, content]));
  }

  remember(dagId: string, token: string, content: VersionContent, textLength: number): void {
    if (textLength > this.#maxTextLength) return;
    const entries = this.#byDag.get(dagId) ?? new Map<string, Entry>();
    this.#textLength += textLength - (entries.get(token)?.textLength ?? 0);
    entries.delete(token);
    entries.set(token, { content, textLength });
    this.#byDag.set(dagId, entries);
    this.#makeRoom();
  }

  /** A Map keeps the order of insertion: its first key is the DAG, and there the version, that was used longest ago. */
  #makeRoom(): void {
    for (const [dagId, entries] of this.#byDag) {
      for (const [token, { textLength }] of entries) {
        if (this.#textLength <= this.#maxTextLength) return;
        entries.delete(token);
        this.#textLength -= textLength;
      }
      if (entries.size === 0) this.#byDag.delete(dagId);
    }
  }
}

/** One per isolate: tokens tell versions of one catalog apart, and an isolate has one. */
export const knownVersions = new KnownVersions();
