/* Scores of moves, made ready for both recursions. */
#include "rows.h"

#include <stdlib.h>

#define SAFE_SPREAD 300.0 /* as onoma.decode.lattice.SAFE_SPREAD, for doubles: see `plan_steps` there */

static Size whole(Size count, Size vector) { return (count + vector - 1) / vector * vector; }

/* Returns 0 where there is no memory. */
int make_chain(Chain *chain, Size tags, const float *start, const float *matrix, const float *end) {
    Size narrow = whole(tags, NARROW), wide = whole(tags, WIDE);
    size_t floats = (size_t)(2 * tags + 2 * tags * tags + tags * narrow), doubles = (size_t)(2 * tags * wide);
    char *memory = malloc(doubles * sizeof(double) + floats * sizeof(float));
    if (!memory)
        return 0;
    double *weights = (double *)memory;
    float *scores = (float *)(memory + doubles * sizeof(double));
    chain->memory = memory;
    chain->tags = tags, chain->narrow = narrow, chain->wide = wide;
    chain->weights = weights, chain->turned = weights + tags * wide;
    chain->start = scores, chain->end = scores + tags, chain->matrix = scores + 2 * tags;
    chain->into = chain->matrix + tags * tags, chain->moves = chain->into + tags * tags;
    memcpy(chain->start, start, (size_t)tags * sizeof(float));
    memcpy(chain->end, end, (size_t)tags * sizeof(float));
    memcpy(chain->matrix, matrix, (size_t)(tags * tags) * sizeof(float));
    double highest = -INFINITY, lowest = INFINITY;
    for (Size i = 0; i < tags * tags; i++) {
        highest = matrix[i] > highest ? matrix[i] : highest;
        lowest = matrix[i] < lowest ? matrix[i] : lowest;
    }
    chain->safe = highest - lowest <= SAFE_SPREAD; /* not if either is infinite or not a number */
    chain->offset = isfinite(highest) ? highest : 0;
    for (Size i = 0; i < tags; i++) {
        for (Size j = 0; j < narrow; j++)
            chain->moves[i * narrow + j] = j < tags ? matrix[i * tags + j] : -INFINITY;
        for (Size j = 0; j < wide; j++) {
            chain->weights[i * wide + j] = j < tags ? matrix[i * tags + j] : -INFINITY;
            chain->turned[i * wide + j] = j < tags ? matrix[j * tags + i] : -INFINITY;
        }
        for (Size j = 0; j < tags; j++)
            chain->into[i * tags + j] = matrix[j * tags + i];
    }
    rows->raise_to_e(weights, 2 * tags * wide, chain->offset);
    return 1;
}

void free_chain(Chain *chain) {
    free(chain->memory);
    chain->memory = NULL;
}
