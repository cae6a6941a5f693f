/* Python's `Lattice`: the distribution over tag sequences of each sentence of a batch. */
#include "binding.h"

#include <stdlib.h>

typedef struct {
    PyObject_HEAD
    PyObject *owner; /* the chain */
    const Chain *chain;
    Py_buffer emissions, lengths; /* held, since a sentence may have to be computed again */
    Batch batch;
    Lattice lattice;
} LatticeObject;

/* Lattice(chain, emissions, lengths, steps). */
static PyObject *lattice_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    (void)kwargs;
    PyObject *owner;
    Py_buffer b[2];
    Py_ssize_t steps;
    if (!PyArg_ParseTuple(args, "O!y*y*n", ChainType, &owner, &b[0], &b[1], &steps))
        return NULL;
    const Chain *chain = &((ChainObject *)owner)->chain;
    Batch batch;
    LatticeObject *self = NULL;
    if (make_batch(&b[0], &b[1], steps, chain->tags, &batch))
        self = (LatticeObject *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
    if (!self) {
        release(b, 2);
        return NULL;
    }
    int done;
    self->owner = Py_NewRef(owner);
    self->chain = chain, self->batch = batch, self->emissions = b[0], self->lengths = b[1];
    Py_BEGIN_ALLOW_THREADS
    done = make_lattice(chain, &batch, &self->lattice);
    Py_END_ALLOW_THREADS
    if (!done) {
        Py_CLEAR(self);
        PyErr_NoMemory();
    }
    return (PyObject *)self;
}

static void lattice_dealloc(PyObject *object) {
    LatticeObject *self = (LatticeObject *)object;
    PyTypeObject *type = Py_TYPE(object);
    free_lattice(&self->lattice);
    PyBuffer_Release(&self->emissions);
    PyBuffer_Release(&self->lengths);
    Py_XDECREF(self->owner);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
    Py_DECREF(type);
}

/* With the interpreter's lock held: two threads may ask the same lattice. */
static void complete(LatticeObject *self) { run_backward(self->chain, &self->batch, &self->lattice); }

static PyObject *lattice_totals(PyObject *object, PyObject *args) {
    LatticeObject *self = (LatticeObject *)object;
    Py_buffer out;
    if (!PyArg_ParseTuple(args, "w*", &out))
        return NULL;
    int fits = has_size(&out, self->batch.batch, sizeof(double), "totals");
    if (fits)
        memcpy(out.buf, self->lattice.totals, (size_t)out.len);
    PyBuffer_Release(&out);
    return fits ? Py_NewRef(Py_None) : NULL;
}

/* Out is float32 [B, T, K] of zeros. */
static PyObject *lattice_marginals(PyObject *object, PyObject *args) {
    LatticeObject *self = (LatticeObject *)object;
    Py_buffer out;
    if (!PyArg_ParseTuple(args, "w*", &out))
        return NULL;
    int fits = has_size(&out, self->emissions.len, 1, "marginals");
    if (fits) {
        complete(self);
        fill_marginals(self->chain, &self->batch, &self->lattice, out.buf);
    }
    PyBuffer_Release(&out);
    return fits ? Py_NewRef(Py_None) : NULL;
}

/* Out is float64 [B, K]. */
static PyObject *lattice_final_sums(PyObject *object, PyObject *args) {
    LatticeObject *self = (LatticeObject *)object;
    Py_buffer out;
    if (!PyArg_ParseTuple(args, "w*", &out))
        return NULL;
    int fits = has_size(&out, self->batch.batch * self->chain->tags, sizeof(double), "sums");
    if (fits)
        final_sums(self->chain, &self->lattice, out.buf);
    PyBuffer_Release(&out);
    return fits ? Py_NewRef(Py_None) : NULL;
}

static void narrow_moves(const Chain *chain, const double *wide, double *out) {
    for (Size i = 0; i < chain->tags; i++)
        memcpy(out + i * chain->tags, wide + i * chain->wide, (size_t)chain->tags * sizeof(double));
}

/* expected_moves(weights float32 [B], out float64 [K, K]). */
static PyObject *lattice_expected_moves(PyObject *object, PyObject *args) {
    LatticeObject *self = (LatticeObject *)object;
    const Chain *chain = self->chain;
    Py_buffer b[2];
    if (!PyArg_ParseTuple(args, "y*w*", &b[0], &b[1]))
        return NULL;
    double *wide = NULL;
    if (has_size(&b[0], self->batch.batch, 4, "weights") && has_size(&b[1], chain->tags * chain->tags, 8, "moves")) {
        complete(self);
        wide = calloc((size_t)(chain->tags * chain->wide), sizeof(double));
        if (wide) {
            expect_moves(chain, &self->lattice, b[0].buf, wide);
            narrow_moves(chain, wide, b[1].buf);
        } else
            PyErr_NoMemory();
    }
    free(wide);
    release(b, 2);
    return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

/* gradients(gold int64 [B, T], weights float32 [B], excess float32 [B, T, K] of zeros, first float64 [K] of zeros,
 * moves float64 [K, K], last float64 [K] of zeros). */
static PyObject *lattice_gradients(PyObject *object, PyObject *args) {
    LatticeObject *self = (LatticeObject *)object;
    const Chain *chain = self->chain;
    Size tags = chain->tags, batch = self->batch.batch;
    Py_buffer b[6];
    if (!PyArg_ParseTuple(args, "y*y*w*w*w*w*", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]))
        return NULL;
    double *wide = NULL;
    int fits = has_size(&b[0], batch * self->batch.steps, 8, "gold") && has_size(&b[1], batch, 4, "weights") &&
               has_size(&b[2], self->emissions.len, 1, "excess") && has_size(&b[3], tags, 8, "first") &&
               has_size(&b[4], tags * tags, 8, "moves") && has_size(&b[5], tags, 8, "last");
    for (Size s = 0; fits && s < batch; s++)
        fits = in_range((int64_t *)b[0].buf + s * self->batch.steps, self->batch.lengths[s], 0, tags, "tags");
    if (fits) {
        complete(self);
        wide = calloc((size_t)(tags * chain->wide), sizeof(double));
        if (wide) {
            Py_BEGIN_ALLOW_THREADS
            gradients(chain, &self->batch, &self->lattice, b[0].buf, b[1].buf, b[2].buf, b[3].buf, wide, b[5].buf);
            Py_END_ALLOW_THREADS
            narrow_moves(chain, wide, b[4].buf);
        } else
            PyErr_NoMemory();
    }
    free(wide);
    release(b, 6);
    return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

/* Fill out [S, P] or, with pairs, [S, P, P] for the tags [S, P] of S places. */
static PyObject *at_places(LatticeObject *self, PyObject *args, int pairs) {
    Py_ssize_t width;
    Py_buffer b[4];
    if (!PyArg_ParseTuple(args, "y*y*ny*w*", &b[0], &b[1], &width, &b[2], &b[3]))
        return NULL;
    const int64_t *sentences = b[0].buf, *positions = b[1].buf, *tags = b[2].buf;
    double *out = b[3].buf;
    Size places = b[0].len / 8;
    int fits = width >= 0 && width < 65536 && has_size(&b[1], places, 8, "positions") &&
               has_size(&b[2], places * width, 8, "tags") &&
               has_size(&b[3], places * width * (pairs ? width : 1), 8, "out") &&
               in_range(sentences, places, 0, self->batch.batch, "sentences") &&
               in_range(tags, places * width, 0, self->chain->tags, "tags");
    for (Size n = 0; fits && n < places; n++)
        fits = in_range(positions + n, 1, 0, self->batch.lengths[sentences[n]] - pairs, "positions");
    if (fits)
        complete(self);
    for (Size n = 0; fits && n < places; n++) {
        Size row = self->lattice.begins[sentences[n]] + positions[n];
        const int64_t *own = tags + n * width;
        for (Size p = 0; p < width; p++)
            if (!pairs)
                *out++ = tag_at(self->chain, &self->lattice, sentences[n], row, own[p]);
            else
                for (Size q = 0; q < width; q++)
                    *out++ = pair_at(self->chain, &self->lattice, sentences[n], row, own[p], own[q]);
    }
    release(b, 4);
    if (!fits && !PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "an impossible number of tags a place");
    return fits ? Py_NewRef(Py_None) : NULL;
}

static PyObject *lattice_tags_at(PyObject *self, PyObject *args) { return at_places((LatticeObject *)self, args, 0); }
static PyObject *lattice_pairs_at(PyObject *self, PyObject *args) { return at_places((LatticeObject *)self, args, 1); }

/* score(reading, sentences, starts, ends, labels, out): places that lie in their sentences. */
static PyObject *lattice_score(PyObject *object, PyObject *args) {
    LatticeObject *self = (LatticeObject *)object;
    PyObject *reading;
    Py_buffer b[5];
    if (!PyArg_ParseTuple(args, "O!y*y*y*y*w*", ReadingType, &reading, &b[0], &b[1], &b[2], &b[3], &b[4]))
        return NULL;
    Size count = b[0].len / 8;
    const ReadingObject *read = (ReadingObject *)reading;
    Entities found = {b[0].buf, b[1].buf, b[2].buf, b[3].buf, b[4].buf, count, 0};
    int fits = read->tags == self->chain->tags && in_range(found.sentences, count, 0, self->batch.batch, "sentences");
    for (int i = 1; fits && i < 5; i++)
        fits = has_size(&b[i], count, 8, "a column");
    fits = fits && in_range(found.labels, count, -1, read->reading.labels, "labels");
    for (Size n = 0; fits && n < count; n++)
        fits = in_range(found.starts + n, 1, 0, found.ends[n], "starts") &&
               in_range(found.ends + n, 1, 1, self->batch.lengths[found.sentences[n]] + 1, "ends");
    if (fits) {
        complete(self);
        score_entities(self->chain, &self->lattice, &read->reading, &found);
    }
    release(b, 5);
    if (!fits && !PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "the reading is for other tags");
    return fits ? Py_NewRef(Py_None) : NULL;
}

/* candidates(reading, floor): sentences, starts, ends, labels and scores as bytes. */
static PyObject *lattice_candidates(PyObject *object, PyObject *args) {
    LatticeObject *self = (LatticeObject *)object;
    PyObject *reading, *result = NULL;
    double floor;
    if (!PyArg_ParseTuple(args, "O!d", ReadingType, &reading, &floor))
        return NULL;
    const ReadingObject *read = (ReadingObject *)reading;
    if (read->tags != self->chain->tags || !(floor > 0)) {
        PyErr_SetString(PyExc_ValueError, "the reading is for other tags, or the floor is not above 0");
        return NULL;
    }
    Entities found = {NULL, NULL, NULL, NULL, NULL, 0, 0};
    int done;
    complete(self);
    Py_BEGIN_ALLOW_THREADS
    done = find_candidates(self->chain, &self->lattice, &read->reading, floor, &found);
    Py_END_ALLOW_THREADS
    Py_ssize_t size = found.count * 8;
    if (done)
        result = Py_BuildValue("y#y#y#y#y#", found.count ? (char *)found.sentences : "", size,
                               found.count ? (char *)found.starts : "", size, found.count ? (char *)found.ends : "",
                               size, found.count ? (char *)found.labels : "", size,
                               found.count ? (char *)found.scores : "", size);
    else
        PyErr_NoMemory();
    free(found.sentences), free(found.starts), free(found.ends), free(found.labels), free(found.scores);
    return result;
}

/* path_scores(paths int64 [B, T], out float64 [B]). */
static PyObject *lattice_path_scores(PyObject *object, PyObject *args) {
    LatticeObject *self = (LatticeObject *)object;
    Py_buffer b[2];
    if (!PyArg_ParseTuple(args, "y*w*", &b[0], &b[1]))
        return NULL;
    Size batch = self->batch.batch, steps = self->batch.steps;
    int fits = has_size(&b[0], batch * steps, 8, "paths") && has_size(&b[1], batch, 8, "scores");
    for (Size s = 0; fits && s < batch; s++)
        fits = in_range((int64_t *)b[0].buf + s * steps, self->batch.lengths[s], 0, self->chain->tags, "tags");
    if (fits)
        score_paths(self->chain, &self->batch, b[0].buf, b[1].buf);
    release(b, 2);
    return fits ? Py_NewRef(Py_None) : NULL;
}

static PyMethodDef lattice_methods[] = {
    {"totals", lattice_totals, METH_VARARGS, NULL},
    {"marginals", lattice_marginals, METH_VARARGS, NULL},
    {"final_sums", lattice_final_sums, METH_VARARGS, NULL},
    {"expected_moves", lattice_expected_moves, METH_VARARGS, NULL},
    {"path_scores", lattice_path_scores, METH_VARARGS, NULL},
    {"gradients", lattice_gradients, METH_VARARGS, NULL},
    {"tags_at", lattice_tags_at, METH_VARARGS, NULL},
    {"pairs_at", lattice_pairs_at, METH_VARARGS, NULL},
    {"score", lattice_score, METH_VARARGS, NULL},
    {"candidates", lattice_candidates, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL}};
static PyType_Slot lattice_slots[] = {
    {Py_tp_new, lattice_new}, {Py_tp_dealloc, lattice_dealloc}, {Py_tp_methods, lattice_methods}, {0, NULL}};
PyType_Spec lattice_spec = {"onoma.decode._kernel.Lattice", sizeof(LatticeObject), 0, Py_TPFLAGS_DEFAULT,
                            lattice_slots};
