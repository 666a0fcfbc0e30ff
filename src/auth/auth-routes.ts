import type { Routes } from "./routes.ts";
import { signInRoutes } from "./sign-in-routes.ts";
import { tokenRoutes } from "./token-routes.ts";

/** Everything under /auth. The login page itself is one of the pages. */
export const authRoutes: readonly Routes[] = [signInRoutes, tokenRoutes];
