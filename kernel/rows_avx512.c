/* Rows for processors with AVX512. */
#if defined(__x86_64__) && !defined(__clang__)
#pragma GCC target("avx512f,avx512dq,avx512vl,avx512bw,fma")
#define TARGETED(name) name##_avx512
#include "rows_template.h"
#endif
