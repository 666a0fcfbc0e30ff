declare const brand: unique symbol;

/** A string that only a parser can make, so that ids of two kinds cannot be swapped. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
