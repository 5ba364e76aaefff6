// Reseal in the browser: `connect()` lets a customer grant access to a third party, `listen()` hears what becomes of it.
// One ES module, no dependencies, no build step. The connect secret is never logged, stored or put into a URL.

const OPTIONS = new Set(['host', 'api_url', 'width', 'height', 'mode', 'state', 'closedGraceMs']);

const TICK_MS = 500;                    // how often the window is looked at
const RESULT_MS = 15_000;               // how often the server is asked while the stream is silent
const RESULT_SOON_MS = 2_000;           // the same, once the window looks closed or the attempt should be over
const CLOSED_GRACE_MS = 30_000;         // a window that looks closed may live: some providers' pages cut the tie to their opener
const UNREACHABLE_MS = 30_000;          // after the attempt's end: how long a silent server is believed to come back
const LONGEST_MS = 30 * 60_000;         // no attempt lasts longer, whatever the clocks say
const REQUEST_MS = 20_000;
const RECONNECT_MS = 3_000;             // doubled with each failure
const RECONNECTS = 6;

// States in which an attempt is over without success, in words for the page; the server's own words come first.
const ENDINGS = {
  failed: 'The connection failed.',
  mismatch: 'Another account was connected before; nothing was changed.',
  cancelled: 'The connection was cancelled.',
  expired: 'The time to connect has run out.',
};

/**
 * Opens a window in which the customer connects an account, or repairs the integration that the secret names.
 * Call it directly in a click: the window is opened before anything is awaited, else browsers block it.
 *
 * Resolves `true` when the integration is ready, rejects with `{type, code, message}`, and never stays pending for ever.
 * The callback hears READY, then IMPORT_DONE, or `error`; and later events of the integration while the page lives.
 */
export async function connect(connector, secret, cb, config) {
  const options = config ?? {};
  const hear = callback(cb);
  let popup = null;
  let left = false;   // the window has gone on to a page that explains itself
  try {
    if (options.mode === 'redirect') throw new ConnectError('mode_unsupported', 'This version connects in a window only.');
    const host = hostOf(options);
    popup = openWindow(`${host}/connect/opening`, options);

    const verifier = randomText();
    const attempt = await post(`${host}/v1/connect/attempts`, {
      connector,
      secret,
      verifier_hash: await hashText(verifier),
      parameters: Object.fromEntries(Object.entries(options).filter(([key]) => !OPTIONS.has(key))),
      ...(options.state === undefined ? {} : { state: options.state }),
    });

    const grace = Number(options.closedGraceMs ?? CLOSED_GRACE_MS);
    const ended = outcome({ popup, host, attempt, verifier, hear, grace });
    left = true;
    popup.location.replace(attempt.url);
    return await ended;
  } catch (error) {
    const failure = error instanceof ConnectError ? error : new ConnectError('unknown_error', 'The connection failed.');
    if (!left) popup?.close();
    hear(errorEvent(failure));
    throw failure;
  }
}

/** Hears the later events of an integration. Returns the function that stops it. */
export function listen(integration, secret, cb, config) {
  const hear = callback(cb);
  let stopped = false;
  let stop = () => {};
  const start = async () => {
    const host = hostOf(config ?? {});
    const { listener } = await post(`${host}/v1/connect/listeners`, { integration, secret });
    if (!stopped) stop = subscribe(host, listener, hear);
  };
  start().catch((error) => {
    if (!stopped) hear(errorEvent(error, integration));
  });
  return () => {
    stopped = true;
    stop();
  };
}

/** Why a connection was not made: `type` and `code` are the same stable word, `message` is for people. */
class ConnectError extends Error {
  constructor(code, message, integration) {
    super(message);
    this.name = 'ConnectError';
    this.type = code;
    this.code = code;
    if (integration) this.integration_id = integration;
  }
}

// --- How an attempt ends ---------------------------------------------------------------------------------------------

/** Resolves `true` or rejects with a ConnectError: by the stream, else by asking, else by the clock. */
function outcome({ popup, host, attempt, verifier, hear, grace }) {
  return new Promise((resolve, reject) => {
    const started = Date.now();
    const expiry = Date.parse(attempt.expires_at) || started;
    let settled = false;
    let readyByAsking = false;
    let closedAt = null;
    let askedAt = started;
    let answeredAt = started;

    const stopStream = subscribe(host, attempt.listener, (event) => {
      if (event.type === 'error' && !settled) return fail(event.message?.code, event.message?.message ?? event.message, event.integration_id);
      if (event.type === 'READY' && readyByAsking) return void (readyByAsking = false);   // heard already
      hear(event);
      if (event.type === 'READY') succeed();
    });
    const stopAnswering = answerWindow({ popup, host, attempt, verifier, done: () => { askedAt = 0; } });
    watch();

    function succeed() {
      if (settled) return;
      settled = true;
      stopAnswering();   // the stream stays: IMPORT_DONE and later events come by it
      resolve(true);
    }

    function fail(code, message, integration) {
      if (settled) return;
      settled = true;
      stopAnswering();
      stopStream();
      reject(new ConnectError(code ?? 'unknown_error', message ?? 'The connection failed.', integration));
    }

    // The stream normally ends an attempt. This loop is for what a stream cannot tell: closed windows, proxies that
    // swallow it, and time. The server's word on expiry counts more than this computer's clock.
    async function watch() {
      while (!settled) {
        await pause(TICK_MS);
        const now = Date.now();
        if (popup.closed) closedAt ??= now;
        const graceOver = closedAt !== null && now - closedAt >= grace;
        const soon = closedAt !== null || now >= expiry;
        if (graceOver || now - askedAt >= (soon ? RESULT_SOON_MS : RESULT_MS)) {
          askedAt = now;
          await ask();
        }
        if (settled) return;
        if (graceOver) {
          request(`${host}/v1/connect/streams/${attempt.listener}/cancel`, { method: 'POST' }).catch(() => {});
          fail('window_closed', 'The window was closed before the connection was made.');
        } else if ((now >= expiry && now - answeredAt >= UNREACHABLE_MS) || now - started >= LONGEST_MS) {
          fail('expired', ENDINGS.expired);
        }
      }
    }

    async function ask() {
      const result = await request(`${host}/v1/connect/streams/${attempt.listener}/result`).catch(() => null);
      if (!result || settled) return;
      answeredAt = Date.now();
      if (result.state === 'completed') {
        readyByAsking = true;
        hear({ type: 'READY', status: 'READY', message: null, integration_id: result.integration_id });
        succeed();
      } else if (result.error || result.state in ENDINGS) {
        fail(result.error?.code ?? result.state, result.error?.message ?? ENDINGS[result.state], result.integration_id);
      }
    }
  });
}

/**
 * Proves to the window's first page that whoever sits here also asked: it wants the verifier whose hash the server holds.
 * Only our own window, on the server's own origin, for this attempt, gets it.
 */
function answerWindow({ popup, host, attempt, verifier, done }) {
  const origin = new URL(host).origin;
  const answer = (event) => {
    if (event.source !== popup || event.origin !== origin || event.data?.attempt !== attempt.attempt) return;
    if (event.data.type === 'reseal.verifier?') {
      popup.postMessage({ type: 'reseal.verifier', attempt: attempt.attempt, verifier }, origin);
    } else if (event.data.type === 'reseal.done') {
      done();
    }
  };
  window.addEventListener('message', answer);
  return () => window.removeEventListener('message', answer);
}

// --- The stream ------------------------------------------------------------------------------------------------------

/**
 * Hears each event of a listener once. The browser resumes a broken stream by Last-Event-ID; a refused one (a proxy, a
 * restart) is opened anew a few times, and replayed events are dropped by their sequence number.
 */
function subscribe(host, listener, hear) {
  const heard = new Set();
  let failures = 0;
  let source;
  let timer;

  const open = () => {
    source = new EventSource(`${host}/v1/connect/streams/${listener}`);
    source.onopen = () => { failures = 0; };
    source.onmessage = ({ data }) => {
      const { sequence, type, status, message, integration_id } = JSON.parse(data);
      const key = `${sequence} ${type}`;
      if (heard.has(key)) return;
      heard.add(key);
      hear({ type, status, message, integration_id });
    };
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED || failures >= RECONNECTS) return;
      timer = setTimeout(open, RECONNECT_MS * 2 ** failures++);
    };
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

// --- Small things ----------------------------------------------------------------------------------------------------

/** The server's address: as configured, else where this module came from. */
function hostOf(options) {
  const host = options.host ?? options.api_url ?? new URL(import.meta.url).origin;
  return new URL(host).href.replace(/\/+$/, '');
}

function openWindow(url, options) {
  const width = Number(options.width) || 520;
  const height = Number(options.height) || 720;
  const left = Math.round(window.screenX + Math.max(0, window.outerWidth - width) / 2);
  const top = Math.round(window.screenY + Math.max(0, window.outerHeight - height) / 2);
  const name = `reseal-${randomText().slice(0, 12)}`;   // one window per attempt
  const popup = window.open(url, name, `popup,width=${width},height=${height},left=${left},top=${top}`);
  if (!popup) throw new ConnectError('popup_blocked', 'The browser blocked the window. Call connect() directly in the click.');
  return popup;
}

function post(url, body) {
  return request(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
}

/** JSON or null (204). Whatever goes wrong becomes a ConnectError; the server's own code and message where it has them. */
async function request(url, options = {}) {
  const signal = AbortSignal.timeout(REQUEST_MS);
  let response;
  try {
    response = await fetch(url, { ...options, credentials: 'omit', cache: 'no-store', signal });
  } catch {
    throw new ConnectError('network_error', 'The server cannot be reached, or does not allow this page.');
  }
  const reply = await response.json().catch(() => null);
  if (response.ok) return reply;
  throw new ConnectError(reply?.error?.code ?? 'server_error', reply?.error?.message ?? `The server answered ${response.status}.`);
}

/** The caller's function; what it throws is reported like any other error of the page and disturbs nothing here. */
function callback(cb) {
  return (event) => {
    try {
      cb?.(event);
    } catch (error) {
      reportError(error);
    }
  };
}

function errorEvent(error, integration) {
  const message = { code: error.code ?? 'unknown_error', message: error.message };
  return { type: 'error', status: 'error', message, integration_id: error.integration_id ?? integration };
}

function randomText() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

async function hashText(text) {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function pause(ms) {
  return new Promise((wake) => setTimeout(wake, ms));
}
