/* A linear chain over K tags, and what is computed of sentences under it.
 *
 * Everything here does what the module of Python beside it says in numpy: `onoma.decode.viterbi`,
 * `onoma.decode.lattice`, `onoma.decode.marginals`, `onoma.decode.candidates`. Formulas and reasons stand there.
 * Sums are of doubles; best paths are of floats, in the very order of the numpy code, so that no tag differs.
 */
#ifndef ONOMA_KERNEL_H
#define ONOMA_KERNEL_H

#include "vectors.h"

typedef ptrdiff_t Size;

/* Scores of moves, and what is made of them once. */
typedef struct {
    Size tags, narrow, wide;    /* K, and K rounded up to whole vectors of floats and of doubles */
    float *start, *matrix, *end; /* [K], [K, K] from and to, [K] */
    float *into;                /* [K, K] to and from */
    float *moves;               /* [K, narrow] the matrix, -inf beyond K */
    double *weights, *turned;   /* [K, wide] exp(matrix - offset) from and to, and to and from; 0 beyond K */
    double offset;              /* the largest finite score of a move */
    int safe;                   /* underflow cannot matter */
    void *memory;
} Chain;

/* A padded batch of sentences, each with its length: rows of K scores, `steps` of them a sentence. */
typedef struct {
    const float *emissions; /* [B, T, K] */
    const int64_t *lengths; /* [B] */
    Size batch, steps;
} Batch;

/* The distribution over the tag sequences of each sentence; rows are those of all sentences one after another. */
typedef struct {
    Size batch, rows;
    int64_t *begins;  /* [B + 1] first row of each sentence */
    double *alphas;   /* [N, wide] of each row, summing to 1; of an exact sentence logarithms */
    double *betas;    /* [N, wide] likewise */
    double *gammas;   /* [N, wide] likewise */
    double *scales;   /* [N] what alphas were divided by */
    double *totals;   /* [B] log of the summed weights of all paths */
    unsigned char *exact; /* [B] whether a sentence was computed in log space */
    int has_betas;
    void *memory;
} Lattice;

/* How tags are read as entities: of L labels with up to P tags each. */
typedef struct {
    Size labels, width;          /* L, P */
    const int64_t *label_of;     /* [K] label of a tag, -1 for none */
    const unsigned char *opens;  /* [K] begins an entity whatever stands before it */
    const unsigned char *closes; /* [K] ends one whatever comes after it */
    const int64_t *tags;         /* [L, P] */
    const double *present;       /* [L, P] 1 where there is a tag */
    const double *linked;        /* [L, P, P] 1 where the second tag goes on with the entity of the first */
} Reading;

/* Entities in columns. */
typedef struct {
    int64_t *sentences, *starts, *ends, *labels;
    double *scores;
    Size count, room;
} Entities;

int make_chain(Chain *chain, Size tags, const float *start, const float *matrix, const float *end);
void free_chain(Chain *chain);

int best_paths(const Chain *chain, const Batch *batch, int64_t *paths, double *scores);
int final_scores(const Chain *chain, const float *emissions, Size length, float *scores);
void score_paths(const Chain *chain, const Batch *batch, const int64_t *paths, double *scores);

int make_lattice(const Chain *chain, const Batch *batch, Lattice *lattice);
void run_backward(const Chain *chain, const Batch *batch, Lattice *lattice);
void free_lattice(Lattice *lattice);

/* P(tag at a position), and P(tags at it and the next one). */
double tag_at(const Chain *chain, const Lattice *lattice, Size sentence, Size row, Size tag);
double pair_at(const Chain *chain, const Lattice *lattice, Size sentence, Size row, Size from, Size to);

void fill_marginals(const Chain *chain, const Batch *batch, const Lattice *lattice, float *marginals);
void expect_moves(const Chain *chain, const Lattice *lattice, const float *by_sentence, double *expected);
void final_sums(const Chain *chain, const Lattice *lattice, double *sums);
void gradients(const Chain *chain, const Batch *batch, const Lattice *lattice, const int64_t *gold,
               const float *by_sentence, float *excess, double *first, double *moves, double *last);

Size read_entities(const Batch *batch, const int64_t *paths, const Reading *reading, Entities *found);
void score_entities(const Chain *chain, const Lattice *lattice, const Reading *reading, Entities *found);
int find_candidates(const Chain *chain, const Lattice *lattice, const Reading *reading, double floor,
                    Entities *found);

#endif
