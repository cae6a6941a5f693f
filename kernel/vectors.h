/* Rows of numbers several at a time, by the vector types of GCC and Clang.
 *
 * A compiler without these types is told so, the extension is left out, and Onoma's numpy code runs instead.
 */
#ifndef ONOMA_VECTORS_H
#define ONOMA_VECTORS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if !defined(__GNUC__)
#error "the kernel needs GCC or Clang; without it Onoma runs in numpy"
#endif

#define INLINE static inline __attribute__((always_inline))

#define WIDE 8    /* doubles of a vector */
#define NARROW 16 /* floats of a vector */

typedef double Doubles __attribute__((vector_size(8 * WIDE), aligned(8), may_alias));
typedef int64_t Longs __attribute__((vector_size(8 * WIDE), aligned(8), may_alias));
typedef float Singles __attribute__((vector_size(4 * NARROW), aligned(4), may_alias));
typedef int32_t Ints __attribute__((vector_size(4 * NARROW), aligned(4), may_alias));

INLINE Doubles all_doubles(double x) { return (Doubles){x, x, x, x, x, x, x, x}; }

INLINE double sum_of(Doubles v) {
    return ((v[0] + v[4]) + (v[1] + v[5])) + ((v[2] + v[6]) + (v[3] + v[7]));
}

INLINE double larger_of(double a, double b) { return a > b ? a : b; }

INLINE double largest_of(Doubles v) {
    return larger_of(larger_of(larger_of(v[0], v[4]), larger_of(v[1], v[5])),
                     larger_of(larger_of(v[2], v[6]), larger_of(v[3], v[7])));
}

/* exp to the last bit or two; 0 below -708. Cody and Waite's reduction, and Taylor's polynomial to 1/13!. */
INLINE Doubles exp_of(Doubles x) {
    const double magic = 6755399441055744.0; /* 1.5 * 2^52: what is added to it is rounded to an integer */
    Doubles shifted = x * 1.4426950408889634 + magic;
    Doubles count = shifted - magic;
    Doubles r = (x - count * 0.693147180369123816490) - count * 1.90821492927058770002e-10;
    Doubles p = all_doubles(1.0 / 6227020800);
    p = p * r + 1.0 / 479001600;
    p = p * r + 1.0 / 39916800;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    Longs power = ((Longs)shifted + 1023) << 52;
    Doubles result = p * (Doubles)power;
    return (Doubles)((Longs)result & (Longs)(x > -708.0));
}

#endif
