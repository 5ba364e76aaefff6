"""The company: a small web shop whose customers connect their accounts. Its page calls `connect()`; its backend signs the
connect secrets and uses what the vault serves. It shows credentials to nobody, its own page included."""

import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt

from story.wire import Client

WORKSPACE = "11111111-2222-3333-aaaa-eeeeeeeeeeee"
CUSTOMER = "customer_1234"


def connect_secret(key):
    # Exactly what the documentation tells people to write.
    return jwt.encode({"customer_id": "customer_1234", "workspace_id": "11111111-2222-3333-aaaa-eeeeeeeeeeee", "name": "optional name"}, key, algorithm="RS256")


def renewal_secret(key, integration):
    return jwt.encode(
        {"customer_id": CUSTOMER, "workspace_id": WORKSPACE, "integration_id": integration}, key, algorithm="RS256"
    )


class Company:
    """Listens at once, since the vault must know its origin; `configure` tells it the rest later."""

    def __init__(self):
        self.vault = self.key = self.access_key = self.connector = None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.server.daemon_threads = True
        self.server.company = self
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def configure(self, *, vault, private_key, access_key, connector):
        self.vault, self.access_key, self.connector = vault, access_key, connector
        self.key = private_key.read_text()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def secret(self, integration=None):
        return renewal_secret(self.key, integration) if integration else connect_secret(self.key)

    def page(self):
        return PAGE.replace("VAULT", self.vault).replace("CONNECTOR", self.connector)

    def use(self, integration):
        """What the company's backend does all day; told to the page without the token."""
        reply = Client(self.vault, self.access_key).get(f"/v1/integrations/{integration}/credential?valid_for=60")
        known = {name: reply.json.get(name) for name in ("version", "expires_at", "error") if name in reply.json}
        return {"status": reply.status, **known}


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        company = self.server.company
        url = urllib.parse.urlsplit(self.path)
        integration = urllib.parse.parse_qs(url.query).get("integration", [None])[0]
        if url.path == "/":
            self.answer(company.page(), "text/html")
        elif url.path == "/secret":
            self.answer(company.secret(integration), "text/plain")
        elif url.path == "/use":
            self.answer(json.dumps(company.use(integration)), "application/json")
        else:
            self.send_error(404)

    def answer(self, text, kind):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


# `runs` holds what each connect() came to: {outcome: null | true | {type, code, message}, heard: [events]}.
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>A company's page</title>
<link rel="icon" href="data:,">
<style>
  :root { color-scheme: light dark }
  body { font: 1rem/1.6 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem }
  button { font: inherit; padding: .4rem .9rem; margin-right: .5rem }
  #heard { font-family: ui-monospace, monospace; font-size: .875rem; overflow-wrap: anywhere }
</style>
<h1>Settings of customer_1234</h1>
<p>Connect your account, and we shall work with it.</p>
<p>
  <button id="connect" disabled>Connect</button>
  <button id="repair" disabled>Repair the connection</button>
  <button id="use" disabled>Use the credential</button>
</p>
<p id="outcome">Not connected.</p>
<ol id="heard"></ol>
<script type="module">
  import { connect } from 'VAULT/sdk/reseal.js';

  const $ = (id) => document.getElementById(id);
  const runs = (window.runs = []);
  const secrets = {};
  let integration = null;

  // Secrets are at hand before the click, which then opens its window at once.
  async function provide(button, query = '') {
    secrets[button] = await (await fetch('/secret' + query)).text();
    $(button).disabled = false;
  }

  function tell(text) {
    $('heard').append(Object.assign(document.createElement('li'), { textContent: text }));
  }

  function run(button) {
    const run = { outcome: null, heard: [] };
    runs.push(run);
    $('outcome').textContent = 'Connecting …';
    connect('CONNECTOR', secrets[button], (event) => {
      run.heard.push(event);
      tell(event.type + ' ' + (event.message ? JSON.stringify(event.message) : ''));
      if (event.type === 'READY') {
        integration = event.integration_id;
        $('use').disabled = false;
        provide('repair', '?integration=' + integration);
      }
    }, { ...(window.options ?? {}) }).then(
      (value) => {
        run.outcome = value;
        $('outcome').textContent = 'Connected.';
      },
      ({ type, code, message }) => {
        run.outcome = { type, code, message };
        $('outcome').textContent = 'Not connected: ' + message;
      },
    );
  }

  $('connect').onclick = () => run('connect');
  $('repair').onclick = () => run('repair');
  $('use').onclick = async () => tell('backend: ' + (await (await fetch('/use?integration=' + integration)).text()));
  await provide('connect');
</script>
</html>
"""
