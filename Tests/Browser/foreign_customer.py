"""A customer of the foreign server who follows links and fills in forms, by plain HTTP with cookies."""

import html
import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request

from foreign_story import PASSWORD
from story.wire import DEADLINE


class Customer:
    """Opens the vault's link, goes on to the server, logs in and allows. `page` is the last one, `status` its status."""

    def __init__(self, username):
        self.username = username
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)

    def go(self, url, **form):
        data = urllib.parse.urlencode(form).encode() if form else None
        request = urllib.request.Request(url, data, headers={"Referer": url})
        try:
            reply = self.opener.open(request, timeout=DEADLINE)
        except urllib.error.HTTPError as error:
            reply = error
        with reply:
            self.url, self.status, self.page = reply.geturl(), reply.status, reply.read().decode()

    def field(self, name):
        return html.unescape(re.search(rf'name="{name}"[^>]* value="([^"]*)"', self.page)[1])

    def connect(self, link, allows=True):
        """- Returns: the status of the vault's last page."""
        self.go(link)
        self.go(f"{self.url}/continue", token=self.field("token"), verifier="", consent="yes")
        self.go(html.unescape(re.search(r'<a href="([^"]+)"', self.page)[1]))
        if 'name="password"' in self.page:
            self.go(
                self.url, csrfmiddlewaretoken=self.field("csrfmiddlewaretoken"), username=self.username,
                password=PASSWORD, next=urllib.parse.parse_qs(urllib.parse.urlsplit(self.url).query)["next"][0],
            )  # fmt: skip
        if 'name="allow"' in self.page:
            hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', self.page))
            form = {name: html.unescape(value) for name, value in hidden.items()}
            self.go(self.url, **form, **({"allow": "Authorize"} if allows else {}))
        return self.status
