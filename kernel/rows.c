/* Chooses the code for this processor, and is that for any. */
#define TARGETED(name) name##_plain
#include "rows_template.h"

const Rows *rows = &rows_plain;

#if defined(__x86_64__) && !defined(__clang__)
extern const Rows rows_avx512, rows_avx2;

const char *choose_rows(void) {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
        return rows = &rows_avx512, "avx512";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return rows = &rows_avx2, "avx2";
    return "plain";
}
#else
const char *choose_rows(void) { return "plain"; }
#endif
