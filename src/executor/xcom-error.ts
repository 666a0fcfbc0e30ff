/** Why a value could not be kept or read: the code around the task failed, and the try's outcome says how. */
export type XComFailure = "xcom_not_json" | "xcom_too_large" | "xcom_not_stored" | "input_unavailable";

export class XComError extends Error {
  override readonly name = "XComError";
  readonly reason: XComFailure;

  constructor(reason: XComFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
