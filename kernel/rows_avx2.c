/* Rows for processors with AVX2. */
#if defined(__x86_64__) && !defined(__clang__)
#pragma GCC target("avx2,fma")
#define TARGETED(name) name##_avx2
#include "rows_template.h"
#endif
