// What the callback hears. `type` and `status` always carry the same word: READY, IMPORT_DONE, error,
// later NEEDS_REAUTHORIZATION, RENEWED and the other events of an integration.
export interface ConnectEvent {
  type: string;
  status: string;
  /** null, a text, or for `error` an object `{ code, message }`. */
  message: any;
  integration_id?: string;
}

/** What a rejected `connect()` rejects with. `type` and `code` are the same stable word. */
export interface ConnectError extends Error {
  type: string;
  code: string;
  integration_id?: string;
}

/**
 * `host` (or `api_url`), `width`, `height`, `mode`, `state` and `closedGraceMs` are options of the SDK; every other key
 * is a parameter of the connection, as the provider asks for it (subdomain, shop, …).
 */
export interface ConnectConfig {
  host?: string;
  api_url?: string;
  width?: string;
  height?: string;
  mode?: string;
  state?: string;
  closedGraceMs?: string;
  [parameter: string]: string | undefined;
}

/** `secret`: a connect secret that the backend signed, or the token of a connect session. */
export function connect(
  connector: string,
  secret: string,
  cb?: ((event: ConnectEvent) => void) | null,
  config?: ConnectConfig,
): Promise<boolean>;

export function listen(
  integration: string,
  secret: string,
  cb: (event: ConnectEvent) => void,
  config?: ConnectConfig,
): () => void;
