/* What is read off a lattice: probabilities of tags and moves, expected counts, the gradient of the likelihood. */
#include "rows.h"

double tag_at(const Chain *chain, const Lattice *lattice, Size sentence, Size row, Size tag) {
    Size at = row * chain->wide + tag;
    if (!lattice->exact[sentence])
        return lattice->alphas[at] * lattice->betas[at];
    double total = lattice->totals[sentence];
    return total == -INFINITY ? 0 : exp(lattice->alphas[at] + lattice->betas[at] - total);
}

double pair_at(const Chain *chain, const Lattice *lattice, Size sentence, Size row, Size from, Size to) {
    double before = lattice->alphas[row * chain->wide + from], after = lattice->gammas[(row + 1) * chain->wide + to];
    if (!lattice->exact[sentence])
        return before * chain->weights[from * chain->wide + to] * after;
    double total = lattice->totals[sentence];
    return total == -INFINITY ? 0 : exp(before + chain->matrix[from * chain->tags + to] + after - total);
}

/* Marginals are [B, T, K]; what is beyond the lengths is left as it is. */
void fill_marginals(const Chain *chain, const Batch *batch, const Lattice *lattice, float *marginals) {
    for (Size s = 0; s < lattice->batch; s++)
        for (Size row = lattice->begins[s]; row < lattice->begins[s + 1]; row++) {
            float *out = marginals + (s * batch->steps + row - lattice->begins[s]) * chain->tags;
            for (Size j = 0; j < chain->tags; j++)
                out[j] = (float)tag_at(chain, lattice, s, row, j);
        }
}

/* expected is [K, wide] of zeros; by_sentence may be NULL for ones. */
void expect_moves(const Chain *chain, const Lattice *lattice, const float *by_sentence, double *expected) {
    Size tags = chain->tags, wide = chain->wide;
    for (Size s = 0; s < lattice->batch; s++) {
        Size row = lattice->begins[s], length = lattice->begins[s + 1] - row;
        if (length && !lattice->exact[s])
            rows->add_products(tags, wide, lattice->alphas + row * wide, lattice->gammas + (row + 1) * wide,
                               length - 1, by_sentence ? by_sentence[s] : 1, expected);
    }
    for (Size i = 0; i < tags * wide; i++)
        expected[i] *= chain->weights[i];
    for (Size s = 0; s < lattice->batch; s++)
        for (Size row = lattice->begins[s]; lattice->exact[s] && row + 1 < lattice->begins[s + 1]; row++)
            for (Size i = 0; i < tags; i++)
                for (Size j = 0; j < tags; j++)
                    expected[i * wide + j] +=
                        (by_sentence ? by_sentence[s] : 1) * pair_at(chain, lattice, s, row, i, j);
}

/* sums is [B, K]. */
void final_sums(const Chain *chain, const Lattice *lattice, double *sums) {
    for (Size s = 0; s < lattice->batch; s++)
        for (Size j = 0; j < chain->tags; j++) {
            Size length = lattice->begins[s + 1] - lattice->begins[s];
            double last = length ? lattice->alphas[(lattice->begins[s + 1] - 1) * chain->wide + j] : 1;
            sums[s * chain->tags + j] = length && lattice->exact[s] ? last : log(last);
        }
}

/* Expected minus observed counts, each sentence's times its weight.
 *
 * excess [B, T, K], 0 beyond the lengths already; first and last [K]; moves [K, wide]; all zeros. */
void gradients(const Chain *chain, const Batch *batch, const Lattice *lattice, const int64_t *gold,
                      const float *by_sentence, float *excess, double *first, double *moves, double *last) {
    Size tags = chain->tags, wide = chain->wide;
    expect_moves(chain, lattice, by_sentence, moves);
    for (Size s = 0; s < lattice->batch; s++) {
        Size begin = lattice->begins[s], length = lattice->begins[s + 1] - begin;
        const int64_t *path = gold + s * batch->steps;
        double weight = by_sentence[s];
        for (Size t = 0; t < length; t++) {
            float *out = excess + (s * batch->steps + t) * tags;
            const double *alpha = lattice->alphas + (begin + t) * wide, *beta = lattice->betas + (begin + t) * wide;
            if (lattice->exact[s])
                for (Size j = 0; j < tags; j++)
                    out[j] = (float)(weight * tag_at(chain, lattice, s, begin + t, j));
            else
                rows->weigh_tags(tags, alpha, beta, weight, out);
            out[path[t]] -= (float)weight;
            for (Size j = 0; t == 0 && j < tags; j++)
                first[j] += out[j];
            for (Size j = 0; t + 1 == length && j < tags; j++)
                last[j] += out[j];
            if (t)
                moves[path[t - 1] * wide + path[t]] -= weight;
        }
    }
}
