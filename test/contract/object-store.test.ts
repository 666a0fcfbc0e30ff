import { describe } from "vitest";
import { MemoryObjectStore } from "../fixtures/memory-object-store.ts";
import { testObjectStore } from "./object-store-contract.ts";

describe("the object store in memory", () => {
  const store = new MemoryObjectStore();
  testObjectStore(() => store);
});
