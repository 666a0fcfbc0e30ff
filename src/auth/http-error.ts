/** One problem of one field of a request, in the shape Airflow's clients know. */
export interface FieldProblem {
  /** Where: `["body", "conf", "year"]`, `["query", "limit"]`. */
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

export type HttpErrorStatus = 400 | 401 | 403 | 404 | 405 | 409 | 410 | 413 | 415 | 422 | 429 | 503;

/** An answer that is not a success. Whoever throws it chooses status and text; the app's one `onError` writes it. */
export class HttpError extends Error {
  readonly status: HttpErrorStatus;
  readonly detail: string | readonly FieldProblem[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: HttpErrorStatus,
    detail: string | readonly FieldProblem[],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(typeof detail === "string" ? detail : detail.map((problem) => problem.msg).join("; "));
    this.name = "HttpError";
    this.status = status;
    this.detail = detail;
    this.headers = headers;
  }
}

/** A 422 that names one field. */
export function fieldError(loc: readonly (string | number)[], msg: string, type = "value_error"): HttpError {
  return new HttpError(422, [{ loc, msg, type }]);
}
