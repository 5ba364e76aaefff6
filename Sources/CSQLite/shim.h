#include <sqlite3.h>

// sqlite3_db_config is variadic, which Swift does not call.

/// SQL on this connection can no longer damage the file: no writable schema, no journal switched off.
/// Returns whether the flag is set.
static inline int reseal_sqlite_be_defensive(sqlite3 *connection) {
  int is_set = 0;
  int code = sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, &is_set);
  return code == SQLITE_OK && is_set == 1;
}
