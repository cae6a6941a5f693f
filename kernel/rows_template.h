/* What is done row by row, compiled once for each kind of processor: `TARGETED` gives it a name of its own.
 *
 * Best paths: Viterbi 1967, as in onoma/decode/viterbi.py, sum for sum.
 *
 * Forward-backward: Rabiner 1989, section V.A, scaled at every step, as in onoma/decode/lattice.py:
 *
 * alpha[t] = (alpha[t-1] @ W) * e[t] / c[t]     W = exp(matrix - offset), e = exp(emission - its largest)
 * gamma[t] = beta[t] * e[t] / c[t]              c[t] makes alpha[t] sum to 1, beta is 1 at the last position
 * beta[t-1] = W @ gamma[t]
 *
 * P(y[t] = i) = alpha[t, i] * beta[t, i];  P(y[t] = i, y[t+1] = j) = alpha[t, i] * W[i, j] * gamma[t+1, j].
 * What cannot be trusted in this range, by the rule of that module, is computed by `exact.c` in its place.
 */
#include "rows.h"

static void raise_to_e(double *numbers, Size count, double offset) {
    for (Size i = 0; i < count; i += WIDE)
        *(Doubles *)(numbers + i) = exp_of(*(Doubles *)(numbers + i) - offset);
}

#define LOWEST -1e30f /* finite stand-in for the largest of nothing but -inf */

INLINE Singles larger(Singles a, Singles b) {
    Ints above = (Ints)(a > b);
    return (Singles)(((Ints)a & above) | ((Ints)b & ~above));
}

/* after[j] += max over i of before[i] + moves[i, j], for COUNT vectors of j. */
#define STEP(COUNT)                                                                                             \
    INLINE void step_##COUNT(const float *before, const float *moves, Size tags, Size width, float *after) {    \
        Singles best[COUNT], other[COUNT];                                                                      \
        for (int n = 0; n < COUNT; n++)                                                                         \
            best[n] = other[n] = before[0] + *(const Singles *)(moves + n * NARROW);                            \
        Size i = 1;                                                                                             \
        for (; i + 1 < tags; i += 2) {                                                                          \
            const float *row = moves + i * width;                                                               \
            for (int n = 0; n < COUNT; n++) {                                                                   \
                best[n] = larger(before[i] + *(const Singles *)(row + n * NARROW), best[n]);                    \
                other[n] = larger(before[i + 1] + *(const Singles *)(row + width + n * NARROW), other[n]);      \
            }                                                                                                   \
        }                                                                                                       \
        if (i < tags)                                                                                           \
            for (int n = 0; n < COUNT; n++)                                                                     \
                best[n] = larger(before[i] + *(const Singles *)(moves + i * width + n * NARROW), best[n]);      \
        for (int n = 0; n < COUNT; n++)                                                                         \
            *(Singles *)(after + n * NARROW) += larger(best[n], other[n]);                                      \
    }
STEP(1)
STEP(2)
STEP(4)

INLINE void step(const Chain *chain, const float *before, float *after) {
    Size width = chain->narrow, tags = chain->tags, at = 0;
    for (; at + 4 * NARROW <= width; at += 4 * NARROW)
        step_4(before, chain->moves + at, tags, width, after + at);
    for (; at + 2 * NARROW <= width; at += 2 * NARROW)
        step_2(before, chain->moves + at, tags, width, after + at);
    if (at < width)
        step_1(before, chain->moves + at, tags, width, after + at);
}

/* Emissions and boundary scores of a row, less the largest of them; -inf beyond K. */
INLINE void enter(const Chain *chain, const float *row, int is_first, int is_last, float *out) {
    Size tags = chain->tags;
    float highest = LOWEST;
    for (Size j = 0; j < tags; j++) {
        float score = row[j];
        if (is_first)
            score += chain->start[j];
        if (is_last)
            score += chain->end[j];
        out[j] = score;
        highest = score > highest ? score : highest;
    }
    for (Size j = 0; j < tags; j++)
        out[j] -= highest;
}

/* The first of the largest. */
INLINE Size best_of(const float *row, const float *more, Size tags) {
    Size best = 0;
    float highest = row[0] + more[0];
    for (Size i = 1; i < tags; i++) {
        float score = row[i] + more[i];
        if (score > highest) {
            highest = score;
            best = i;
        }
    }
    return best;
}

static void best_path(const Chain *chain, const float *emissions, Size length, float *best,
                             const float *none, int64_t *path) {
    Size tags = chain->tags, width = chain->narrow;
    for (Size t = 0; t < length; t++) {
        float *row = best + t * width;
        enter(chain, emissions + t * tags, t == 0, t + 1 == length, row);
        if (t)
            step(chain, row - width, row);
    }
    if (!length)
        return;
    path[length - 1] = best_of(best + (length - 1) * width, none, tags);
    for (Size t = length - 2; t >= 0; t--)
        path[t] = best_of(chain->into + path[t + 1] * tags, best + t * width, tags);
}

#define FLOOR 2.2250738585072014e-300 /* the smallest unscaled alpha to trust: `underflow_floor` of doubles */
#define TINY 1e-140                   /* a product of scales goes on from here to its logarithm */

/* out[j] = sum over i of row[i] * matrix[i, j], for COUNT vectors of j. */
#define MULTIPLY(COUNT)                                                                                         \
    INLINE void multiply_##COUNT(const double *row, const double *matrix, Size tags, Size width, double *out) { \
        Doubles sum[COUNT], other[COUNT];                                                                       \
        for (int n = 0; n < COUNT; n++)                                                                         \
            sum[n] = other[n] = all_doubles(0);                                                                 \
        Size i = 0;                                                                                             \
        for (; i + 1 < tags; i += 2) {                                                                          \
            const double *from = matrix + i * width;                                                            \
            for (int n = 0; n < COUNT; n++) {                                                                   \
                sum[n] += row[i] * *(const Doubles *)(from + n * WIDE);                                         \
                other[n] += row[i + 1] * *(const Doubles *)(from + width + n * WIDE);                           \
            }                                                                                                   \
        }                                                                                                       \
        if (i < tags)                                                                                           \
            for (int n = 0; n < COUNT; n++)                                                                     \
                sum[n] += row[i] * *(const Doubles *)(matrix + i * width + n * WIDE);                           \
        for (int n = 0; n < COUNT; n++)                                                                         \
            *(Doubles *)(out + n * WIDE) = sum[n] + other[n];                                                   \
    }
MULTIPLY(1)
MULTIPLY(2)
MULTIPLY(4)

INLINE void multiply(const double *row, const double *matrix, Size tags, Size width, double *out) {
    Size at = 0;
    for (; at + 4 * WIDE <= width; at += 4 * WIDE)
        multiply_4(row, matrix + at, tags, width, out + at);
    for (; at + 2 * WIDE <= width; at += 2 * WIDE)
        multiply_2(row, matrix + at, tags, width, out + at);
    if (at < width)
        multiply_1(row, matrix + at, tags, width, out + at);
}

/* Weights of a row's emissions, 0 beyond K; returns the logarithm taken out, or NaN where that is impossible. */
INLINE double weigh(const Chain *chain, const float *row, int is_first, int is_last, double *out) {
    Size tags = chain->tags, wide = chain->wide;
    for (Size j = 0; j < tags; j++)
        out[j] = row[j];
    for (Size j = 0; is_first && j < tags; j++)
        out[j] += chain->start[j];
    for (Size j = 0; is_last && j < tags; j++)
        out[j] += chain->end[j];
    for (Size j = tags; j < wide; j++)
        out[j] = -INFINITY;
    Doubles most = *(Doubles *)out;
    Longs strange = (Longs)(most != most);
    for (Size j = WIDE; j < wide; j += WIDE) {
        Doubles here = *(Doubles *)(out + j);
        Longs above = (Longs)(here > most);
        most = (Doubles)(((Longs)here & above) | ((Longs)most & ~above));
        strange |= (Longs)(here != here);
    }
    double highest = largest_of(most);
    int64_t is_strange = ((strange[0] | strange[4]) | (strange[1] | strange[5])) |
                         ((strange[2] | strange[6]) | (strange[3] | strange[7]));
    for (Size j = 0; j < wide; j += WIDE)
        *(Doubles *)(out + j) = exp_of(*(Doubles *)(out + j) - highest);
    return is_strange || !isfinite(highest) ? NAN : highest;
}

/* Which tags the constraints allow one step on; whether that changed. */
static int reach_on(const Chain *chain, const unsigned char *before, unsigned char *after) {
    Size tags = chain->tags;
    memset(after, 0, (size_t)tags);
    for (Size i = 0; i < tags; i++)
        if (before[i])
            for (Size j = 0; j < tags; j++)
                after[j] |= chain->matrix[i * tags + j] > -INFINITY;
    return memcmp(before, after, (size_t)tags) != 0;
}

static int has_underflow(const Chain *chain, const unsigned char *reached, const double *alpha, int is_last) {
    for (Size j = 0; j < chain->tags; j++)
        if (reached[j] && !(alpha[j] >= FLOOR) && !(is_last && chain->end[j] == -INFINITY))
            return 1;
    return 0;
}

/* Returns 0 where the sentence has to be computed in log space. `reached` has room for 2 K. */
static int run_forward(const Chain *chain, const float *emissions, Size length, double *alphas,
                              double *weights, double *scales, double *total, unsigned char *reached) {
    Size tags = chain->tags, wide = chain->wide;
    unsigned char *here = reached, *next = reached + tags;
    int moving = !chain->safe;
    double sum = 0, product = 1;
    for (Size t = 0; t < length; t++) {
        double *alpha = alphas + t * wide, *weight = weights + t * wide;
        double taken = weigh(chain, emissions + t * tags, t == 0, t + 1 == length, weight);
        if (isnan(taken))
            return 0;
        if (t) {
            multiply(alpha - wide, chain->weights, tags, wide, alpha);
            for (Size j = 0; j < wide; j += WIDE)
                *(Doubles *)(alpha + j) *= *(Doubles *)(weight + j);
            if (moving) {
                moving = reach_on(chain, here, next);
                unsigned char *old = here;
                here = next, next = old;
            }
        } else {
            memcpy(alpha, weight, (size_t)wide * sizeof(double));
            for (Size j = 0; j < tags; j++)
                here[j] = chain->start[j] > -INFINITY;
        }
        if (!chain->safe && has_underflow(chain, here, alpha, t + 1 == length))
            return 0;
        Doubles parts = *(Doubles *)alpha;
        for (Size j = WIDE; j < wide; j += WIDE)
            parts += *(Doubles *)(alpha + j);
        double scale = sum_of(parts);
        if (!(scale > TINY * TINY) || !isfinite(scale))
            return 0;
        double share = 1 / scale;
        for (Size j = 0; j < wide; j += WIDE)
            *(Doubles *)(alpha + j) *= share;
        scales[t] = scale;
        sum += t ? taken + chain->offset : taken;
        if (scale < TINY || product < TINY || product > 1 / TINY) {
            sum += log(product);
            product = 1;
        }
        if (scale < TINY)
            sum += log(scale);
        else
            product *= scale;
    }
    *total = sum + log(product);
    return 1;
}

/* Turns the weights of a sentence's emissions into gammas. Returns 0 where they leave the range of doubles. */
static int run_back(const Chain *chain, Size length, double *gammas, double *betas, const double *scales) {
    Size tags = chain->tags, wide = chain->wide;
    Doubles seen = all_doubles(0);
    for (Size t = length - 1; t >= 0; t--) {
        double *beta = betas + t * wide, *gamma = gammas + t * wide;
        if (t + 1 == length)
            for (Size j = 0; j < wide; j++)
                beta[j] = j < tags;
        double share = 1 / scales[t];
        for (Size j = 0; j < wide; j += WIDE) {
            *(Doubles *)(gamma + j) *= *(Doubles *)(beta + j) * share;
            seen += *(Doubles *)(gamma + j);
        }
        if (t)
            multiply(gamma, chain->turned, tags, wide, beta - wide);
    }
    for (Size j = 0; length && j < wide; j += WIDE)
        seen += *(Doubles *)(betas + j);
    return isfinite(sum_of(seen));
}

/* counts[i, j] += the sum over n rows of weight * alphas[n, i] * gammas[n, j]; the weights of moves come last. */
#define ADD_PRODUCTS(COUNT)                                                                                     \
    INLINE void add_products_##COUNT(Size tags, Size wide, const double *alphas, const double *gammas,          \
                                     double weight, double *counts) {                                           \
        for (Size i = 0; i < tags; i++) {                                                                       \
            double share[COUNT];                                                                                \
            for (int n = 0; n < COUNT; n++)                                                                     \
                share[n] = weight * alphas[n * wide + i];                                                       \
            for (Size j = 0; j < wide; j += WIDE) {                                                             \
                Doubles sum = *(Doubles *)(counts + i * wide + j);                                              \
                for (int n = 0; n < COUNT; n++)                                                                 \
                    sum += share[n] * *(const Doubles *)(gammas + n * wide + j);                                \
                *(Doubles *)(counts + i * wide + j) = sum;                                                      \
            }                                                                                                   \
        }                                                                                                       \
    }
ADD_PRODUCTS(1)
ADD_PRODUCTS(8)

static void add_products(Size tags, Size wide, const double *alphas, const double *gammas, Size count, double weight,
                         double *counts) {
    Size n = 0;
    for (; n + 8 <= count; n += 8)
        add_products_8(tags, wide, alphas + n * wide, gammas + n * wide, weight, counts);
    for (; n < count; n++)
        add_products_1(tags, wide, alphas + n * wide, gammas + n * wide, weight, counts);
}

/* out[j] = weight * P(tag j) */
static void weigh_tags(Size tags, const double *alphas, const double *betas, double weight, float *out) {
    for (Size j = 0; j < tags; j++)
        out[j] = (float)(weight * alphas[j] * betas[j]);
}

const Rows TARGETED(rows) = {raise_to_e, best_path, run_forward, run_back, add_products, weigh_tags};
