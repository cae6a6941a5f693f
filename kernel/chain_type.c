/* Python's `Chain`, scores of moves with the best paths under them, and `Reading`, how tags are read. */
#include "binding.h"

#include <stdlib.h>

static void free_object(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
}

/* Chain(num_tags, start, matrix, end): float32 [K], [K, K], [K]. */
static PyObject *chain_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    (void)kwargs;
    Py_ssize_t tags;
    Py_buffer b[3];
    if (!PyArg_ParseTuple(args, "ny*y*y*", &tags, &b[0], &b[1], &b[2]))
        return NULL;
    PyObject *self = NULL;
    if (tags < 1 || tags > 65536)
        PyErr_SetString(PyExc_ValueError, "a chain has 1 to 65,536 tags");
    else if (has_size(&b[0], tags, 4, "start") && has_size(&b[1], tags * tags, 4, "matrix") &&
             has_size(&b[2], tags, 4, "end")) {
        self = ((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
        if (self && !make_chain(&((ChainObject *)self)->chain, tags, b[0].buf, b[1].buf, b[2].buf)) {
            Py_CLEAR(self);
            PyErr_NoMemory();
        }
    }
    release(b, 3);
    return self;
}

static void chain_dealloc(PyObject *self) {
    free_chain(&((ChainObject *)self)->chain);
    free_object(self);
}

/* best_paths(emissions, lengths, steps, paths int64 [B, T] of zeros, scores float64 [B]). */
static PyObject *chain_best_paths(PyObject *self, PyObject *args) {
    const Chain *chain = &((ChainObject *)self)->chain;
    Py_ssize_t steps;
    Batch batch;
    Py_buffer b[4];
    int done = 1;
    if (!PyArg_ParseTuple(args, "y*y*nw*w*", &b[0], &b[1], &steps, &b[2], &b[3]))
        return NULL;
    int fits = make_batch(&b[0], &b[1], steps, chain->tags, &batch) &&
               has_size(&b[2], batch.batch * steps, sizeof(int64_t), "paths") &&
               has_size(&b[3], batch.batch, sizeof(double), "scores");
    if (fits) {
        Py_BEGIN_ALLOW_THREADS
        done = best_paths(chain, &batch, b[2].buf, b[3].buf);
        Py_END_ALLOW_THREADS
    }
    release(b, 4);
    if (!done)
        return PyErr_NoMemory();
    return fits ? Py_NewRef(Py_None) : NULL;
}

/* final_scores(emissions, length, scores float32 [K]). */
static PyObject *chain_final_scores(PyObject *self, PyObject *args) {
    const Chain *chain = &((ChainObject *)self)->chain;
    Py_ssize_t length;
    Py_buffer b[2];
    int done = 1;
    if (!PyArg_ParseTuple(args, "y*nw*", &b[0], &length, &b[1]))
        return NULL;
    int fits = has_size(&b[0], length * chain->tags, sizeof(float), "emissions") &&
               has_size(&b[1], chain->tags, sizeof(float), "scores");
    if (fits && length < 1) {
        PyErr_SetString(PyExc_ValueError, "a sentence without tokens has no last tag");
        fits = 0;
    }
    if (fits) {
        Py_BEGIN_ALLOW_THREADS
        done = final_scores(chain, b[0].buf, length, b[1].buf);
        Py_END_ALLOW_THREADS
    }
    release(b, 2);
    if (!done)
        return PyErr_NoMemory();
    return fits ? Py_NewRef(Py_None) : NULL;
}

/* Score the entities sentence by sentence, with what lies between in the cache. Returns 0 without memory. */
static int score_found(const Chain *chain, const Batch *batch, float temperature, const Reading *reading,
                       Entities *found) {
    Size size = batch->steps * chain->tags;
    float *tempered = malloc((size_t)size * sizeof(float));
    int done = tempered != NULL;
    for (Size n = 0; done && n < found->count;) {
        Size sentence = found->sentences[n], first = n;
        const float *emissions = batch->emissions + sentence * size;
        Size used = batch->lengths[sentence] * chain->tags;
        for (Size i = 0; i < used; i++)
            tempered[i] = emissions[i] / temperature;
        while (n < found->count && found->sentences[n] == sentence)
            found->sentences[n++] = 0;
        Batch one = {tempered, batch->lengths + sentence, 1, batch->steps};
        Entities part = {found->sentences + first, found->starts + first, found->ends + first,
                         found->labels + first, found->scores + first, n - first, 0};
        Lattice lattice;
        if ((done = make_lattice(chain, &one, &lattice))) {
            run_backward(chain, &one, &lattice);
            score_entities(chain, &lattice, reading, &part);
            free_lattice(&lattice);
        }
        for (Size i = first; i < n; i++)
            found->sentences[i] = sentence;
    }
    free(tempered);
    return done;
}

/* decode(reading, emissions, lengths, steps, tempered chain or None, temperature, sentences, starts, ends, labels,
 * scores): fills columns that have room for an entity a token; returns how many there are. */
static PyObject *chain_decode(PyObject *self, PyObject *args) {
    Py_ssize_t steps;
    Py_buffer b[7];
    PyObject *reading, *tempered;
    float temperature;
    if (!PyArg_ParseTuple(args, "O!y*y*nOfw*w*w*w*w*", ReadingType, &reading, &b[0], &b[1], &steps, &tempered,
                          &temperature, &b[2], &b[3], &b[4], &b[5], &b[6]))
        return NULL;
    const Chain *chain = &((ChainObject *)self)->chain;
    const Chain *soft = tempered == Py_None ? NULL : &((ChainObject *)tempered)->chain;
    Batch batch;
    int64_t *paths = NULL;
    int fits = (tempered == Py_None || Py_IS_TYPE(tempered, ChainType)) &&
               make_batch(&b[0], &b[1], steps, chain->tags, &batch);
    Size tokens = 0, count = -1;
    for (Size s = 0; fits && s < batch.batch; s++)
        tokens += batch.lengths[s];
    for (int i = 2; fits && i < 7; i++)
        fits = has_size(&b[i], tokens, 8, "a column");
    fits = fits && ((ReadingObject *)reading)->tags == chain->tags && (!soft || soft->tags == chain->tags);
    if (!fits && !PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "chain and reading are for different tags");
    if (fits) {
        Entities found = {b[2].buf, b[3].buf, b[4].buf, b[5].buf, b[6].buf, 0, 0};
        Py_BEGIN_ALLOW_THREADS
        paths = malloc((size_t)(batch.batch * steps + 1) * sizeof(int64_t));
        if (paths && best_paths(chain, &batch, paths, NULL)) {
            count = read_entities(&batch, paths, &((ReadingObject *)reading)->reading, &found);
            if (soft && !score_found(soft, &batch, temperature, &((ReadingObject *)reading)->reading, &found))
                count = -1;
        }
        free(paths);
        Py_END_ALLOW_THREADS
        if (count < 0)
            PyErr_NoMemory();
    }
    release(b, 7);
    return count < 0 ? NULL : PyLong_FromSsize_t(count);
}

static PyMethodDef chain_methods[] = {
    {"best_paths", chain_best_paths, METH_VARARGS, NULL},
    {"final_scores", chain_final_scores, METH_VARARGS, NULL},
    {"decode", chain_decode, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL}};
static PyType_Slot chain_slots[] = {
    {Py_tp_new, chain_new}, {Py_tp_dealloc, chain_dealloc}, {Py_tp_methods, chain_methods}, {0, NULL}};
PyType_Spec chain_spec = {"onoma.decode._kernel.Chain", sizeof(ChainObject), 0, Py_TPFLAGS_DEFAULT, chain_slots};

/* Reading(num_tags, labels, width, label_of, opens, closes, tags, present, linked). */
static PyObject *reading_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    (void)kwargs;
    Py_ssize_t tags, labels, width;
    Py_buffer b[6];
    if (!PyArg_ParseTuple(args, "nnny*y*y*y*y*y*", &tags, &labels, &width, &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]))
        return NULL;
    PyObject *self = NULL;
    Size cells = labels * width, size = 0;
    if (tags < 1 || tags > 65536 || labels < 0 || labels > tags || width < 0 || width > 16)
        PyErr_SetString(PyExc_ValueError, "a reading of impossible size");
    else if (has_size(&b[0], tags, 8, "label_of") && has_size(&b[1], tags, 1, "opens") &&
             has_size(&b[2], tags, 1, "closes") && has_size(&b[3], cells, 8, "tags") &&
             has_size(&b[4], cells, 8, "present") && has_size(&b[5], cells * width, 8, "linked") &&
             in_range(b[0].buf, tags, -1, labels, "label_of") && in_range(b[3].buf, cells, 0, tags, "tags"))
        self = ((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
    const int order[] = {0, 3, 4, 5, 1, 2}; /* what has 8 bytes a number first */
    for (int i = 0; i < 6; i++)
        size += b[i].len;
    char *memory = self ? malloc((size_t)size) : NULL;
    if (memory) {
        ReadingObject *object = (ReadingObject *)self;
        const char *parts[6];
        object->memory = memory, object->tags = tags;
        for (int i = 0; i < 6; i++) {
            parts[order[i]] = memory;
            memcpy(memory, b[order[i]].buf, (size_t)b[order[i]].len);
            memory += b[order[i]].len;
        }
        object->reading = (Reading){labels, width, (const int64_t *)parts[0], (const unsigned char *)parts[1],
                                    (const unsigned char *)parts[2], (const int64_t *)parts[3],
                                    (const double *)parts[4], (const double *)parts[5]};
    } else if (self) {
        Py_CLEAR(self);
        PyErr_NoMemory();
    }
    release(b, 6);
    return self;
}

static void reading_dealloc(PyObject *self) {
    free(((ReadingObject *)self)->memory);
    free_object(self);
}

static PyType_Slot reading_slots[] = {{Py_tp_new, reading_new}, {Py_tp_dealloc, reading_dealloc}, {0, NULL}};
PyType_Spec reading_spec = {"onoma.decode._kernel.Reading", sizeof(ReadingObject), 0, Py_TPFLAGS_DEFAULT,
                            reading_slots};
