/* Entities: read off the best paths, their probabilities, and all that are not too improbable. */
#include "kernel.h"

#include <stdlib.h>

/* As onoma.metrics.spans.spans_from_tag_ids. There must be room for as many entities as tokens. */
Size read_entities(const Batch *batch, const int64_t *paths, const Reading *reading, Entities *found) {
    Size count = 0;
    for (Size s = 0; s < batch->batch; s++) {
        const int64_t *path = paths + s * batch->steps;
        int open = 0;
        for (Size t = 0; t < batch->lengths[s]; t++) {
            int64_t label = reading->label_of[path[t]];
            int goes_on = open && found->labels[count - 1] == label && !reading->opens[path[t]] &&
                          !reading->closes[path[t - 1]];
            open = label >= 0;
            if (!open)
                continue;
            if (!goes_on) {
                found->sentences[count] = s;
                found->starts[count] = t;
                found->labels[count++] = label;
            }
            found->ends[count - 1] = t + 1;
        }
    }
    return found->count = count;
}

#define MOST 16 /* tags of a label; schemes have four */

/* P(next tag of the label, and that it goes on, given the tag at a row) [P, P]; 0 where that tag cannot be. */
static void follow(const Chain *chain, const Lattice *lattice, const Reading *reading, Size sentence, Size row,
                   Size label, double moves[MOST][MOST]) {
    Size width = reading->width;
    const int64_t *tags = reading->tags + label * width;
    const double *linked = reading->linked + label * width * width;
    for (Size p = 0; p < width; p++) {
        double here = tag_at(chain, lattice, sentence, row, tags[p]);
        for (Size q = 0; q < width; q++) {
            int may = linked[p * width + q] != 0 && here > 0;
            moves[p][q] = may ? pair_at(chain, lattice, sentence, row, tags[p], tags[q]) / here : 0;
        }
    }
}

/* Probability that an entity of the label begins at a row with each of its tags; returns their sum. */
static double begin(const Chain *chain, const Lattice *lattice, const Reading *reading, Size sentence, Size row,
                    Size label, double *open) {
    Size width = reading->width;
    const int64_t *tags = reading->tags + label * width;
    const double *linked = reading->linked + label * width * width;
    double sum = 0;
    for (Size p = 0; p < width; p++)
        open[p] = reading->present[label * width + p] ? tag_at(chain, lattice, sentence, row, tags[p]) : 0;
    for (Size p = 0; row > lattice->begins[sentence] && p < width; p++)
        for (Size q = 0; q < width; q++)
            if (linked[p * width + q] != 0)
                open[q] -= pair_at(chain, lattice, sentence, row - 1, tags[p], tags[q]);
    for (Size p = 0; p < width; p++)
        sum += open[p];
    return sum;
}

static double clipped(double value) { return value < 0 ? 0 : value > 1 ? 1 : value; }

/* The probability of an entity that ends at a row, of one that goes on beyond it by `open`, and what is open then. */
static double end(const Chain *chain, const Lattice *lattice, const Reading *reading, Size sentence, Size row,
                  Size label, double *open, double *going) {
    Size width = reading->width;
    double closing = 0, moves[MOST][MOST];
    int is_last = row + 1 == lattice->begins[sentence + 1];
    if (!is_last)
        follow(chain, lattice, reading, sentence, row, label, moves);
    memset(going, 0, (size_t)width * sizeof(double));
    for (Size p = 0; p < width; p++) {
        double on = 0;
        for (Size q = 0; !is_last && q < width; q++) {
            on += moves[p][q];
            going[q] += open[p] * moves[p][q];
        }
        closing += open[p] * (1 - on);
    }
    return clipped(closing);
}

/* As onoma.decode.marginals.span_probabilities; a label below 0 has the probability 0. */
void score_entities(const Chain *chain, const Lattice *lattice, const Reading *reading, Entities *found) {
    for (Size n = 0; n < found->count; n++) {
        double open[MOST], going[MOST], score = 0;
        Size sentence = found->sentences[n], label = found->labels[n], base = lattice->begins[sentence];
        if (label >= 0)
            begin(chain, lattice, reading, sentence, base + found->starts[n], label, open);
        for (Size t = found->starts[n]; label >= 0 && t < found->ends[n]; t++) {
            score = end(chain, lattice, reading, sentence, base + t, label, open, going);
            memcpy(open, going, sizeof open);
        }
        found->scores[n] = score;
    }
}

static int add(Entities *found, Size sentence, Size start, Size stop, Size label, double score) {
    if (found->count == found->room) {
        Size room = found->room ? 2 * found->room : 256;
        int64_t **columns[] = {&found->sentences, &found->starts, &found->ends, &found->labels};
        for (int i = 0; i < 4; i++) {
            int64_t *more = realloc(*columns[i], (size_t)room * sizeof(int64_t));
            if (!more)
                return 0;
            *columns[i] = more;
        }
        double *more = realloc(found->scores, (size_t)room * sizeof(double));
        if (!more)
            return 0;
        found->scores = more, found->room = room;
    }
    Size n = found->count++;
    found->sentences[n] = sentence, found->starts[n] = start, found->ends[n] = stop;
    found->labels[n] = label, found->scores[n] = score;
    return 1;
}

/* As onoma.decode.candidates.grow, from every token. Returns 0 where there is no memory; whoever asks frees. */
int find_candidates(const Chain *chain, const Lattice *lattice, const Reading *reading, double floor,
                    Entities *found) {
    for (Size s = 0; s < lattice->batch; s++) {
        Size base = lattice->begins[s], stop = lattice->begins[s + 1];
        for (Size first = base; first < stop; first++)
            for (Size label = 0; label < reading->labels; label++) {
                double open[MOST], going[MOST];
                double sum = begin(chain, lattice, reading, s, first, label, open);
                for (Size row = first; row < stop && sum >= floor; row++) {
                    double score = end(chain, lattice, reading, s, row, label, open, going);
                    if (score >= floor && !add(found, s, first - base, row + 1 - base, label, score))
                        return 0;
                    sum = 0;
                    for (Size p = 0; p < reading->width; p++)
                        sum += going[p];
                    memcpy(open, going, sizeof open);
                }
            }
    }
    return 1;
}
