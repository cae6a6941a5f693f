/* Lattices: forward-backward over a batch, in log space where it has to be; see `rows_template.h`. */
#include "lattice.h"
#include "rows.h"

#include <stdlib.h>

/* Returns 0 where there is no memory. */
int make_lattice(const Chain *chain, const Batch *batch, Lattice *lattice) {
    Size count = 0, wide = chain->wide;
    for (Size s = 0; s < batch->batch; s++)
        count += batch->lengths[s];
    size_t doubles = (size_t)(count * (3 * wide + 1) + batch->batch);
    char *memory = malloc(doubles * sizeof(double) + (size_t)(batch->batch + 1) * sizeof(int64_t) +
                          (size_t)batch->batch + 2 * (size_t)chain->tags);
    if (!memory)
        return 0;
    lattice->memory = memory;
    lattice->batch = batch->batch, lattice->rows = count, lattice->has_betas = 0;
    lattice->alphas = (double *)memory;
    lattice->betas = lattice->alphas + count * wide, lattice->gammas = lattice->betas + count * wide;
    lattice->scales = lattice->gammas + count * wide, lattice->totals = lattice->scales + count;
    lattice->begins = (int64_t *)(lattice->totals + batch->batch);
    lattice->exact = (unsigned char *)(lattice->begins + batch->batch + 1);
    Size row = 0;
    for (Size s = 0; s < batch->batch; s++) {
        Size length = batch->lengths[s], place = row * wide;
        const float *emissions = batch->emissions + s * batch->steps * chain->tags;
        lattice->begins[s] = row;
        lattice->exact[s] = !rows->run_forward(chain, emissions, length, lattice->alphas + place,
                                         lattice->gammas + place, lattice->scales + row, lattice->totals + s,
                                         lattice->exact + batch->batch);
        if (lattice->exact[s])
            run_exactly(chain, emissions, length, lattice, s);
        row += length;
    }
    lattice->begins[batch->batch] = row;
    return 1;
}

void run_backward(const Chain *chain, const Batch *batch, Lattice *lattice) {
    if (lattice->has_betas)
        return;
    for (Size s = 0; s < batch->batch; s++) {
        Size row = lattice->begins[s], length = lattice->begins[s + 1] - row, place = row * chain->wide;
        if (lattice->exact[s] || rows->run_back(chain, length, lattice->gammas + place, lattice->betas + place,
                                          lattice->scales + row))
            continue;
        lattice->exact[s] = 1;
        run_exactly(chain, batch->emissions + s * batch->steps * chain->tags, length, lattice, s);
    }
    lattice->has_betas = 1;
}

void free_lattice(Lattice *lattice) {
    free(lattice->memory);
    lattice->memory = NULL;
}
