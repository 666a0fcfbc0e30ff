/** Why a value could not be kept, read or made use of: the code around the task failed, and the try's outcome says how. */
export type XComFailure =
  | "xcom_not_json"
  | "xcom_too_large"
  | "xcom_not_stored"
  | "input_unavailable"
  /** Others are mapped over the result, and it is no list or object. */
  | "xcom_not_mappable"
  /** It is one, but longer than they take. */
  | "map_too_long"
  /** A branch chose what is not there. */
  | "bad_decision"
  /** The run belongs to a version in which the task was mapped otherwise. */
  | "version_missing";

export class XComError extends Error {
  override readonly name = "XComError";
  readonly reason: XComFailure;

  constructor(reason: XComFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
