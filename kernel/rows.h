/* What is done row by row, by whichever code is the best for this processor. */
#ifndef ONOMA_ROWS_H
#define ONOMA_ROWS_H

#include "kernel.h"

typedef struct {
    /* numbers[i] = exp(numbers[i] - offset) */
    void (*raise_to_e)(double *numbers, Size count, double offset);
    /* The best path of one sentence; `best` is room for [T, narrow], -inf beyond K, and `none` is K zeros. */
    void (*best_path)(const Chain *chain, const float *emissions, Size length, float *best, const float *none,
                      int64_t *path);
    /* One sentence's alphas, weights of emissions, scales and total; returns 0 where they cannot be trusted, so that
     * it has to be computed in log space. `reached` is room for 2 K. */
    int (*run_forward)(const Chain *chain, const float *emissions, Size length, double *alphas, double *weights,
                       double *scales, double *total, unsigned char *reached);
    /* Its betas; turns the weights of emissions into gammas. Returns 0 where they leave the range of doubles. */
    int (*run_back)(const Chain *chain, Size length, double *gammas, double *betas, const double *scales);
    /* counts[i, j] += the sum over `count` rows of weight * alphas[n, i] * gammas[n, j] */
    void (*add_products)(Size tags, Size wide, const double *alphas, const double *gammas, Size count,
                         double weight, double *counts);
    /* out[j] = weight * alphas[j] * betas[j] */
    void (*weigh_tags)(Size tags, const double *alphas, const double *betas, double weight, float *out);
} Rows;

extern const Rows *rows;

/* Choose the code for this processor; returns its name. */
const char *choose_rows(void);

#endif
