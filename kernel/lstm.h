/* A stack of LSTM layers for prediction, in bfloat16 with single-precision sums and states, by AMX. */
#ifndef ONOMA_LSTM_H
#define ONOMA_LSTM_H

#include <stddef.h>
#include <stdint.h>

#define MOST_LAYERS 16

typedef uint16_t Half; /* bfloat16 */

/* One direction of a layer: weights in the order in which tiles are multiplied. */
typedef struct {
    Half *tiles;  /* [units / 16][2 pairs of gates][inputs / 32 + units / 32][2 gates][16 pairs of inputs][16 units][2] */
    float *bias;  /* [4 gates][units], 0 beyond them */
} Direction;

typedef struct {
    ptrdiff_t inputs, units; /* widths as given */
    ptrdiff_t wide_inputs;   /* that of its input rows, all padded to 32 */
    Direction directions[2];
} Layer;

typedef struct {
    int layers, directions;
    Layer layer[MOST_LAYERS];
} Stack;

/* Whether this processor and system have what is needed. Asks the system for it, which enlarges what it saves of a
 * process: only who is about to use it does. */
int allow_amx(void);
/* Pack a direction: weights [4 units, inputs] and [4 units, units] in the order input, forget, cell, output gate;
 * inputs that are two directions' states come in two parts of `part` each, 0 for one part. Returns 0 without memory. */
int pack_direction(Layer *layer, int direction, const float *inputs, const float *states, const float *bias,
                   ptrdiff_t part);
void free_stack(Stack *stack);
/* Run over [B, T, D] to [B, T, directions * units]; what is beyond the lengths stays as it is. 0 without memory. */
int run_stack(const Stack *stack, const float *embedded, const int64_t *lengths, ptrdiff_t batch, ptrdiff_t steps,
              float *out);

#endif
