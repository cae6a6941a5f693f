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

/* Room for the scores of so many rows, -inf beyond K, with K zeros behind it; NULL where there is no memory. */
static float *make_room(const Chain *chain, Size length) {
    Size size = length * chain->narrow;
    float *best = malloc((size_t)(size + chain->tags + 1) * sizeof(float));
    if (!best)
        return NULL;
    for (Size i = 0; i < size; i++)
        best[i] = -INFINITY;
    memset(best + size, 0, (size_t)chain->tags * sizeof(float));
    return best;
}

/* Returns 0 where there is no memory. Paths have zeros beyond the lengths already. */
int best_paths(const Chain *chain, const Batch *batch, int64_t *paths, double *scores) {
    Size longest = 0;
    for (Size s = 0; s < batch->batch; s++)
        longest = batch->lengths[s] > longest ? batch->lengths[s] : longest;
    float *best = make_room(chain, longest);
    if (!best)
        return 0;
    const float *none = best + longest * chain->narrow;
    for (Size s = 0; s < batch->batch; s++)
        rows->best_path(chain, batch->emissions + s * batch->steps * chain->tags, batch->lengths[s], best, none,
                  paths + s * batch->steps);
    free(best);
    if (scores)
        score_paths(chain, batch, paths, scores);
    return 1;
}

/* The score of the best path to each last tag of one sentence of at least one token, up to a constant. */
int final_scores(const Chain *chain, const float *emissions, Size length, float *scores) {
    float *best = make_room(chain, length);
    int64_t *path = malloc((size_t)length * sizeof(int64_t));
    if (best && path) {
        rows->best_path(chain, emissions, length, best, best + length * chain->narrow, path);
        memcpy(scores, best + (length - 1) * chain->narrow, (size_t)chain->tags * sizeof(float));
    }
    int done = best && path;
    free(best);
    free(path);
    return done;
}
