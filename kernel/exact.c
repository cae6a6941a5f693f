/* Forward-backward in log space, for the few sentences that leave the range of doubles: onoma/decode/loglattice.py. */
#include "lattice.h"

static double log_sum(const double *values, Size count) {
    double highest = -INFINITY, sum = 0;
    for (Size i = 0; i < count; i++) {
        if (isnan(values[i]))
            return NAN;
        highest = values[i] > highest ? values[i] : highest;
    }
    if (!isfinite(highest))
        return highest;
    for (Size i = 0; i < count; i++)
        sum += exp(values[i] - highest);
    return highest + log(sum);
}

static double score_of(const Chain *chain, const float *emissions, Size length, Size t, Size j) {
    double score = emissions[t * chain->tags + j];
    score += t == 0 ? chain->start[j] : 0;
    return score + (t + 1 == length ? chain->end[j] : 0);
}

void run_exactly(const Chain *chain, const float *emissions, Size length, Lattice *lattice, Size sentence) {
    Size tags = chain->tags, wide = chain->wide, place = lattice->begins[sentence] * wide;
    double *alphas = lattice->alphas + place, *betas = lattice->betas + place, *gammas = lattice->gammas + place;
    for (Size t = 0; t < length; t++)
        for (Size j = 0; j < tags; j++) {
            double *moves = betas + t * wide; /* not yet in use */
            alphas[t * wide + j] = score_of(chain, emissions, length, t, j);
            for (Size i = 0; t && i < tags; i++)
                moves[i] = alphas[(t - 1) * wide + i] + chain->matrix[i * tags + j];
            if (t)
                alphas[t * wide + j] += log_sum(moves, tags);
        }
    for (Size t = length - 1; t >= 0; t--) {
        const double *after = gammas + (t + 1) * wide;
        for (Size i = 0; i < tags; i++) {
            double *moves = gammas + t * wide; /* not yet in use */
            for (Size j = 0; t + 1 < length && j < tags; j++)
                moves[j] = chain->matrix[i * tags + j] + after[j];
            betas[t * wide + i] = t + 1 < length ? log_sum(moves, tags) : 0;
        }
        for (Size j = 0; j < tags; j++)
            gammas[t * wide + j] = score_of(chain, emissions, length, t, j) + betas[t * wide + j];
    }
    lattice->totals[sentence] = length ? log_sum(alphas + (length - 1) * wide, tags) : 0;
}
