/* Python's `Lstm`: a stack of LSTM layers for prediction; see `lstm.h`. */
#include "binding.h"
#include "lstm.h"

typedef struct {
    PyObject_HEAD
    Stack stack;
} LstmObject;

/* Weights of one direction of a layer, a tuple of float32 [4 units, inputs], [4 units, units], [4 units]. */
static int pack(Layer *layer, int direction, PyObject *weights, Size part) {
    Py_buffer b[3];
    if (!PyArg_ParseTuple(weights, "y*y*y*", &b[0], &b[1], &b[2]))
        return 0;
    int fits = has_size(&b[0], 4 * layer->units * layer->inputs, 4, "weights of inputs") &&
               has_size(&b[1], 4 * layer->units * layer->units, 4, "weights of states") &&
               has_size(&b[2], 4 * layer->units, 4, "biases");
    if (fits && !pack_direction(layer, direction, b[0].buf, b[1].buf, b[2].buf, part)) {
        PyErr_NoMemory();
        fits = 0;
    }
    release(b, 3);
    return fits;
}

/* Lstm(inputs, units, directions, weights): a tuple for each layer and, within it, each direction. */
static PyObject *lstm_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    (void)kwargs;
    Py_ssize_t inputs, units, directions;
    PyObject *weights;
    if (!PyArg_ParseTuple(args, "nnnO!", &inputs, &units, &directions, &PyTuple_Type, &weights))
        return NULL;
    Py_ssize_t count = PyTuple_Size(weights);
    if (!allow_amx() || inputs < 1 || inputs > 65536 || units < 1 || units > 65536 || directions < 1 || directions > 2 ||
        count < directions || count % directions || count / directions > MOST_LAYERS)
        return PyErr_Format(PyExc_ValueError, "no such stack of layers is possible here");
    LstmObject *self = (LstmObject *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
    if (!self)
        return NULL;
    self->stack.layers = (int)(count / directions), self->stack.directions = (int)directions;
    Size wide = (units + 31) / 32 * 32, fits = 1;
    for (Py_ssize_t n = 0; fits && n < count; n++) {
        Layer *layer = &self->stack.layer[n / directions];
        int is_first = n < directions;
        layer->inputs = is_first ? inputs : units * directions;
        layer->units = units;
        layer->wide_inputs = is_first ? (inputs + 31) / 32 * 32 : wide * directions;
        PyObject *own = PyTuple_GetItem(weights, n);
        fits = PyTuple_Check(own) && pack(layer, (int)(n % directions), own, is_first ? 0 : units);
    }
    if (!fits) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "weights are tuples of three arrays");
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

static void lstm_dealloc(PyObject *object) {
    PyTypeObject *type = Py_TYPE(object);
    free_stack(&((LstmObject *)object)->stack);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
    Py_DECREF(type);
}

/* run(embedded float32 [B, T, D], lengths int64 [B], steps, out float32 [B, T, directions * units]). */
static PyObject *lstm_run(PyObject *object, PyObject *args) {
    const Stack *stack = &((LstmObject *)object)->stack;
    Py_ssize_t steps;
    Py_buffer b[3];
    if (!PyArg_ParseTuple(args, "y*y*nw*", &b[0], &b[1], &steps, &b[2]))
        return NULL;
    Batch batch;
    const Layer *last = &stack->layer[stack->layers - 1];
    int done = 1;
    int fits = make_batch(&b[0], &b[1], steps, stack->layer[0].inputs, &batch) &&
               has_size(&b[2], batch.batch * steps * last->units * stack->directions, 4, "out");
    if (fits && batch.batch && steps) {
        Py_BEGIN_ALLOW_THREADS
        done = run_stack(stack, b[0].buf, b[1].buf, batch.batch, steps, b[2].buf);
        Py_END_ALLOW_THREADS
    }
    release(b, 3);
    if (!done)
        return PyErr_NoMemory();
    return fits ? Py_NewRef(Py_None) : NULL;
}

static PyMethodDef lstm_methods[] = {{"run", lstm_run, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};
static PyType_Slot lstm_slots[] = {
    {Py_tp_new, lstm_new}, {Py_tp_dealloc, lstm_dealloc}, {Py_tp_methods, lstm_methods}, {0, NULL}};
PyType_Spec lstm_spec = {"onoma.decode._kernel.Lstm", sizeof(LstmObject), 0, Py_TPFLAGS_DEFAULT, lstm_slots};
