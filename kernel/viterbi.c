/* The best path of each sentence: Viterbi 1967, as in onoma/decode/viterbi.py. */
#include "rows.h"

#include <stdlib.h>

static double path_score(const Chain *chain, const float *emissions, const int64_t *path, Size length) {
    Size tags = chain->tags;
    double score = 0;
    for (Size t = 0; t < length; t++) {
        double move = t ? chain->matrix[path[t - 1] * tags + path[t]] : chain->start[path[0]];
        score += (double)emissions[t * tags + path[t]] + move;
    }
    return length ? score + chain->end[path[length - 1]] : 0;
}

void score_paths(const Chain *chain, const Batch *batch, const int64_t *paths, double *scores) {
    for (Size s = 0; s < batch->batch; s++)
        scores[s] = path_score(chain, batch->emissions + s * batch->steps * chain->tags,
                               paths + s * batch->steps, batch->lengths[s]);
}

/* Returns 0 where there is no memory. Paths have zeros beyond the lengths already. */
int best_paths(const Chain *chain, const Batch *batch, int64_t *paths, double *scores) {
    Size longest = 0;
    for (Size s = 0; s < batch->batch; s++)
        longest = batch->lengths[s] > longest ? batch->lengths[s] : longest;
    Size size = longest * chain->narrow;
    float *best = malloc((size_t)(size + chain->tags + 1) * sizeof(float));
    if (!best)
        return 0;
    for (Size i = 0; i < size; i++) /* what is beyond K stays there */
        best[i] = -INFINITY;
    float *none = best + size;
    memset(none, 0, (size_t)chain->tags * sizeof(float));
    for (Size s = 0; s < batch->batch; s++)
        rows->best_path(chain, batch->emissions + s * batch->steps * chain->tags, batch->lengths[s], best, none,
                  paths + s * batch->steps);
    free(best);
    if (scores)
        score_paths(chain, batch, paths, scores);
    return 1;
}
