"""The database file, read from outside. This is another process than the vault's, so it takes none of SQLite's locks away."""

import base64
import sqlite3
from contextlib import closing


class Database:
    def __init__(self, path):
        self.path = path

    def rows(self, query, *values):
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=5)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(query, values).fetchall()

    def versions(self, integration):
        """Every credential row of an integration, whole, as bytes and numbers that compare."""
        found = self.rows("SELECT * FROM credentials WHERE integration = ? ORDER BY version", integration)
        return [tuple(row) for row in found]

    def sealed_rows(self, generation_below):
        """How many sealed rows stand under an older generation."""
        return sum(
            self.rows(f"SELECT count(*) FROM {table} WHERE generation < ?", generation_below)[0][0]
            for table in ("credentials", "sealed_secrets")
        )

    @property
    def files(self):
        return sorted(self.path.parent.glob(self.path.name + "*"))


def occurrences(secret, paths):
    """The files in which a secret stands: raw, in hex, in base64 of either alphabet and at each of three alignments."""
    needles = traces(secret.encode())
    return [path for path in paths if any(needle in path.read_bytes() for needle in needles)]


def traces(secret):
    yield secret
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    for shift in range(3):
        # Whole groups of three bytes only: the characters at the edges depend on the neighbours.
        whole = secret[shift:]
        whole = whole[: len(whole) // 3 * 3]
        yield base64.b64encode(whole)
        yield base64.urlsafe_b64encode(whole)
