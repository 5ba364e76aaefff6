#include <sys/prctl.h>

// prctl is variadic, which Swift does not call.

/// No core dump, and no debugger but root's; `/proc/PID` of this process belongs to root. Returns 0, or -1 with errno.
static inline int reseal_be_undumpable(void) { return prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L); }

/// 0 when undumpable.
static inline int reseal_is_dumpable(void) { return prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L); }
