/* LSTM (Hochreiter and Schmidhuber 1997, with forget gates) for prediction.
 *
 * Sentences are ranked from long to short, so that those which reach a step are the first ones, and a step of 32
 * sentences and 16 units is a few products of tiles: of [x_t, h_t-1] with the weights of two gates. Gates become
 * states in registers, and states are written where the next step, and the next layer, read them. A sentence's
 * numbers do not depend on the others of its batch: each of its rows is multiplied in the same order.
 */
#include "lstm.h"

#if defined(__x86_64__) && defined(__linux__) && __GNUC__ >= 11 && !defined(__clang__)

#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,amx-tile,amx-bf16,fma")
#include <cpuid.h>
#include <immintrin.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef ptrdiff_t Size;

#define TILE 512 /* bfloat16 numbers of a tile: 16 rows of 32 */
#define ROWS 32  /* sentences at a time: two tiles */

int allow_amx(void) {
    unsigned a, b, c, d;
    const unsigned needed = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31; /* AVX-512 F, DQ, BW, VL */
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d >> 22 & 1) && (d >> 24 & 1) && (b & needed) == needed &&
           __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 5 & 1) &&
           syscall(SYS_arch_prctl, 0x1023 /* ARCH_REQ_XCOMP_PERM */, 18 /* tile data */) == 0;
}

static Size whole(Size count, Size unit) { return (count + unit - 1) / unit * unit; }

static Half half_of(float number) {
    uint32_t bits;
    memcpy(&bits, &number, 4);
    return (Half)((bits + 0x7fff + (bits >> 16 & 1)) >> 16); /* to the nearest, ties to even */
}

/* Where input `k` of the rows as they lie is in the weights; -1 for padding. */
static Size input_of(const Layer *layer, Size k, Size part) {
    Size wide = part ? whole(part, 32) : layer->wide_inputs, within = k % wide;
    Size width = part ? part : layer->inputs;
    return within < width ? k / wide * width + within : -1;
}

int pack_direction(Layer *layer, int direction, const float *inputs, const float *states, const float *bias,
                   Size part) {
    Size units = layer->units, blocks = whole(units, 16) / 16, wide_units = whole(units, 32);
    Size depth = layer->wide_inputs / 32 + wide_units / 32;
    Direction *packed = &layer->directions[direction];
    packed->tiles = aligned_alloc(64, (size_t)(blocks * 2 * depth * 2 * TILE) * sizeof(Half));
    packed->bias = calloc((size_t)(4 * blocks * 16), sizeof(float));
    if (!packed->tiles || !packed->bias)
        return 0;
    for (Size gate = 0; gate < 4; gate++)
        memcpy(packed->bias + gate * blocks * 16, bias + gate * units, (size_t)units * sizeof(float));
    Half *out = packed->tiles;
    for (Size block = 0; block < blocks; block++)
        for (Size pair = 0; pair < 2; pair++)
            for (Size k = 0; k < depth; k++)
                for (Size gate = 2 * pair; gate < 2 * pair + 2; gate++)
                    for (Size row = 0; row < 16; row++)
                        for (Size n = 0; n < 32; n++) {
                            Size unit = block * 16 + n / 2, at = k * 32 + row * 2 + n % 2;
                            Size from = at < layer->wide_inputs ? input_of(layer, at, part) : at - layer->wide_inputs;
                            int is_state = at >= layer->wide_inputs;
                            float weight = 0;
                            if (unit < units && is_state && from < units)
                                weight = states[(gate * units + unit) * units + from];
                            else if (unit < units && !is_state && from >= 0)
                                weight = inputs[(gate * units + unit) * layer->inputs + from];
                            *out++ = half_of(weight);
                        }
    return 1;
}

void free_stack(Stack *stack) {
    for (int n = 0; n < MOST_LAYERS; n++)
        for (int direction = 0; direction < 2; direction++) {
            free(stack->layer[n].directions[direction].tiles);
            free(stack->layer[n].directions[direction].bias);
        }
    memset(stack, 0, sizeof *stack);
}

/* e^x of at most some 88 by range reduction and a polynomial of degree 5; relative error 2e-7. */
static inline __m512 exp_of(__m512 x) {
    x = _mm512_min_ps(_mm512_set1_ps(87), _mm512_max_ps(_mm512_set1_ps(-87), x)); /* what is no number stays so */
    __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504f)), 8);
    __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693145752f), x);
    r = _mm512_fnmadd_ps(n, _mm512_set1_ps(1.42860677e-6f), r);
    __m512 p = _mm512_set1_ps(8.3333333e-3f);
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(4.1666667e-2f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.16666667f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.5f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1));
    return _mm512_scalef_ps(p, n);
}

static inline __m512 inverse(__m512 x) {
    __m512 guess = _mm512_rcp14_ps(x);
    return _mm512_mul_ps(guess, _mm512_fnmadd_ps(x, guess, _mm512_set1_ps(2)));
}

static inline __m512 sigmoid(__m512 x) {
    return inverse(_mm512_add_ps(_mm512_set1_ps(1), exp_of(_mm512_sub_ps(_mm512_setzero_ps(), x))));
}

static inline __m512 hyperbolic_tangent(__m512 x) {
    __m512 one = _mm512_set1_ps(1), two = _mm512_set1_ps(2);
    return _mm512_fnmadd_ps(two, inverse(_mm512_add_ps(one, exp_of(_mm512_mul_ps(x, two)))), one);
}

/* Where rows of one kind lie: of sentence r at step t at base + (r * steps + t) * width. */
typedef struct {
    Half *base;
    Size steps, width;
} Layout;

static inline Half *row_at(const Layout *rows, Size sentence, Size step) {
    return rows->base + (sentence * rows->steps + step) * rows->width;
}

/* Two gates of 16 units of up to 32 sentences: sums [2 gates][32][16]. */
static inline void multiply(const Half *input, Size input_stride, Size input_tiles, const Half *state,
                            Size state_stride, Size state_tiles, const Half **weights, int two, float *sums) {
    const Half *tile = *weights;
    __asm__ volatile("" : : : "memory"); /* what was written is read by tiles, which compilers do not see */
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (int kind = 0; kind < 2; kind++) {
        const Half *rows = kind ? state : input;
        Size stride = kind ? state_stride : input_stride, tiles = kind ? state_tiles : input_tiles;
        for (Size k = 0; k < tiles; k++, rows += 32, tile += 2 * TILE) {
            _tile_loadd(4, rows, stride * 2);
            _tile_loadd(6, tile, 64);
            _tile_dpbf16ps(0, 4, 6);
            _tile_loadd(7, tile + TILE, 64);
            _tile_dpbf16ps(1, 4, 7);
            if (two) {
                _tile_loadd(5, rows + 16 * stride, stride * 2);
                _tile_dpbf16ps(2, 5, 6);
                _tile_dpbf16ps(3, 5, 7);
            }
        }
    }
    _tile_stored(0, sums, 64);
    _tile_stored(1, sums + ROWS * 16, 64);
    if (two) {
        _tile_stored(2, sums + 16 * 16, 64);
        _tile_stored(3, sums + ROWS * 16 + 16 * 16, 64);
    }
    *weights = tile;
}

/* One step of one direction for the first `active` sentences. */
static void step(const Layer *layer, const Direction *weights, const Layout *inputs, const Layout *outputs, Size offset,
                 Size at, Size before, Size active, float *cells) {
    Size blocks = whole(layer->units, 16) / 16, state_tiles = whole(layer->units, 32) / 32;
    Size cell_width = blocks * 16, input_stride = inputs->steps * inputs->width;
    Size state_stride = outputs->steps * outputs->width;
    float sums[4 * ROWS * 16] __attribute__((aligned(64)));
    for (Size first = 0; first < active; first += ROWS) {
        const Half *tiles = weights->tiles;
        int two = active - first > 16;
        Size count = active - first < ROWS ? active - first : ROWS;
        for (Size block = 0; block < blocks; block++) {
            for (int pair = 0; pair < 2; pair++)
                multiply(row_at(inputs, first, at), input_stride, layer->wide_inputs / 32,
                         row_at(outputs, first, before) + offset, state_stride, state_tiles, &tiles, two,
                         sums + pair * 2 * ROWS * 16);
            const float *bias = weights->bias + block * 16;
            __m512 bias_i = _mm512_loadu_ps(bias), bias_f = _mm512_loadu_ps(bias + cell_width);
            __m512 bias_g = _mm512_loadu_ps(bias + 2 * cell_width), bias_o = _mm512_loadu_ps(bias + 3 * cell_width);
            for (Size r = 0; r < count; r++) {
                float *cell = cells + (first + r) * cell_width + block * 16;
                const float *sum = sums + r * 16;
                __m512 i = sigmoid(_mm512_add_ps(_mm512_load_ps(sum), bias_i));
                __m512 f = sigmoid(_mm512_add_ps(_mm512_load_ps(sum + ROWS * 16), bias_f));
                __m512 g = hyperbolic_tangent(_mm512_add_ps(_mm512_load_ps(sum + 2 * ROWS * 16), bias_g));
                __m512 o = sigmoid(_mm512_add_ps(_mm512_load_ps(sum + 3 * ROWS * 16), bias_o));
                __m512 c = _mm512_fmadd_ps(f, _mm512_loadu_ps(cell), _mm512_mul_ps(i, g));
                _mm512_storeu_ps(cell, c);
                __m256bh h = _mm512_cvtneps_pbh(_mm512_mul_ps(o, hyperbolic_tangent(c)));
                memcpy(row_at(outputs, first + r, at) + offset + block * 16, &h, 32);
            }
        }
    }
}

static void use_tiles(void) {
    struct {
        uint8_t palette, start, reserved[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } __attribute__((aligned(64))) config = {1, 0, {0}, {0}, {0}};
    for (int tile = 0; tile < 8; tile++)
        config.bytes[tile] = 64, config.rows[tile] = 16;
    __asm__ volatile("" : : "r"(&config) : "memory"); /* some compilers think that 8 bytes of it are read */
    _tile_loadconfig(&config);
}

/* Run one layer; step t of a sentence lies at t + 1 of its rows, with zeros before and after. */
static void run_layer(const Layer *layer, int directions, const Layout *inputs, const Layout *outputs, const Size *reach,
                      Size steps, Size batch, float *cells) {
    Size wide_units = whole(layer->units, 32), cell_width = whole(layer->units, 16);
    for (int direction = 0; direction < directions; direction++) {
        memset(cells, 0, (size_t)(batch * cell_width) * sizeof(float));
        for (Size n = 0; n < steps; n++) {
            Size at = direction ? steps - n : n + 1;
            step(layer, &layer->directions[direction], inputs, outputs, direction * wide_units, at,
                 direction ? at + 1 : at - 1, reach[at - 1], cells);
        }
    }
}

static void fill(const Layout *rows, Size row, const float *from, Size length, Size width) {
    for (Size t = 0; t < length; t++) {
        Half *out = row_at(rows, row, t + 1);
        const float *in = from + t * width;
        Size k = 0;
        for (; k + 16 <= width; k += 16) {
            __m256bh part = _mm512_cvtneps_pbh(_mm512_loadu_ps(in + k));
            memcpy(out + k, &part, 32);
        }
        for (; k < width; k++)
            out[k] = half_of(in[k]);
    }
}

static void give(const Layout *rows, Size row, float *to, Size length, Size units, int directions) {
    Size wide = whole(units, 32);
    for (Size t = 0; t < length; t++)
        for (int direction = 0; direction < directions; direction++) {
            const Half *in = row_at(rows, row, t + 1) + direction * wide;
            float *out = to + (t * directions + direction) * units;
            for (Size k = 0; k < units; k++) {
                uint32_t bits = (uint32_t)in[k] << 16;
                memcpy(out + k, &bits, 4);
            }
        }
}

/* Sentences from long to short, and how many of them reach each step. */
static void rank(const int64_t *lengths, Size batch, Size steps, Size *order, Size *reach) {
    Size *counts = calloc((size_t)steps + 2, sizeof(Size)), place = 0;
    memset(reach, 0, (size_t)steps * sizeof(Size));
    for (Size n = 0; counts && n < batch; n++)
        counts[lengths[n]]++;
    for (Size length = steps; counts && length >= 0; length--) {
        Size first = place;
        place += counts[length];
        counts[length] = first;
        if (length)
            reach[length - 1] = place;
    }
    for (Size n = 0; n < batch; n++)
        order[counts ? counts[lengths[n]]++ : n] = n;
    if (!counts) /* without memory all go all the way, in the order given */
        for (Size t = 0; t < steps; t++)
            reach[t] = batch;
    free(counts);
}

int run_stack(const Stack *stack, const float *embedded, const int64_t *lengths, Size batch, Size steps, float *out) {
    Size padded = whole(batch, ROWS), widest = stack->layer[0].wide_inputs, units = 0;
    for (int n = 0; n < stack->layers; n++) {
        Size width = whole(stack->layer[n].units, 32) * stack->directions;
        widest = width > widest ? width : widest;
        units = stack->layer[n].units > units ? stack->layer[n].units : units;
    }
    size_t size = (size_t)(padded * (steps + 2) * widest) * sizeof(Half);
    Half *one = calloc(1, size), *other = calloc(1, size);
    float *cells = malloc((size_t)(padded * whole(units, 16)) * sizeof(float));
    Size *order = malloc((size_t)(batch + steps + 1) * sizeof(Size)), *reach = order + batch;
    int done = one && other && cells && order;
    if (done) {
        Layout inputs = {one, steps + 2, stack->layer[0].wide_inputs}, outputs = {other, steps + 2, 0};
        rank(lengths, batch, steps, order, reach);
        for (Size row = 0; row < batch; row++)
            fill(&inputs, row, embedded + order[row] * steps * stack->layer[0].inputs, lengths[order[row]],
                 stack->layer[0].inputs);
        use_tiles();
        for (int n = 0; n < stack->layers; n++) {
            outputs.width = whole(stack->layer[n].units, 32) * stack->directions;
            if (n)
                memset(outputs.base, 0, size); /* it held what the layer before read */
            run_layer(&stack->layer[n], stack->directions, &inputs, &outputs, reach, steps, padded, cells);
            Layout swapped = inputs;
            inputs = outputs, outputs = swapped;
        }
        _tile_release();
        Size last = stack->layer[stack->layers - 1].units;
        for (Size row = 0; row < batch; row++)
            give(&inputs, row, out + order[row] * steps * last * stack->directions, lengths[order[row]], last,
                 stack->directions);
    }
    free(one), free(other), free(cells), free(order);
    return done;
}

#else

int allow_amx(void) { return 0; }
int pack_direction(Layer *layer, int direction, const float *inputs, const float *states, const float *bias,
                   ptrdiff_t part) {
    (void)layer, (void)direction, (void)inputs, (void)states, (void)bias, (void)part;
    return 0;
}
void free_stack(Stack *stack) { (void)stack; }
int run_stack(const Stack *stack, const float *embedded, const int64_t *lengths, ptrdiff_t batch, ptrdiff_t steps,
              float *out) {
    (void)stack, (void)embedded, (void)lengths, (void)batch, (void)steps, (void)out;
    return 0;
}

#endif
