/** `.updraft/manifest.ts`, which `workers/node/manifest.ts` writes before each build; declared so that types hold before. */
declare module "#manifest" {
  export const manifest: import("./manifest.ts").Manifest;
}
