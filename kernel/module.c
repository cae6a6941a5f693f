/* The module `onoma.decode._kernel`: what its types have in common. */
#include "binding.h"
#include "lstm.h"
#include "rows.h"

PyTypeObject *ChainType, *ReadingType, *LatticeType, *LstmType;

int has_size(const Py_buffer *buffer, Size count, size_t size, const char *name) {
    if (buffer->len == (Py_ssize_t)((size_t)count * size))
        return 1;
    PyErr_Format(PyExc_ValueError, "%s has %zd bytes, expected %zd", name, buffer->len,
                 (Py_ssize_t)((size_t)count * size));
    return 0;
}

int in_range(const int64_t *numbers, Size count, int64_t low, int64_t high, const char *name) {
    int64_t least = low, most = low;
    for (Size i = 0; i < count; i++) {
        least = i && least < numbers[i] ? least : numbers[i];
        most = i && most > numbers[i] ? most : numbers[i];
    }
    if (!count || (least >= low && most < high))
        return 1;
    PyErr_Format(PyExc_ValueError, "%s must lie in %lld..%lld, got %lld..%lld", name, (long long)low,
                 (long long)high - 1, (long long)least, (long long)most);
    return 0;
}

int make_batch(const Py_buffer *emissions, const Py_buffer *lengths, Size steps, Size tags, Batch *batch) {
    batch->emissions = emissions->buf;
    batch->lengths = lengths->buf;
    batch->steps = steps;
    batch->batch = lengths->len / (Size)sizeof(int64_t);
    if (steps < 0 || (steps && batch->batch > PTRDIFF_MAX / (Size)sizeof(float) / tags / steps)) {
        PyErr_SetString(PyExc_ValueError, "the batch has an impossible size");
        return 0;
    }
    return has_size(lengths, batch->batch, sizeof(int64_t), "lengths") &&
           has_size(emissions, batch->batch * steps * tags, sizeof(float), "emissions") &&
           in_range(batch->lengths, batch->batch, 0, steps + 1, "lengths");
}

void release(Py_buffer *buffers, int count) {
    for (int i = 0; i < count; i++)
        PyBuffer_Release(&buffers[i]);
}

PyTypeObject *make_type(PyObject *module, PyType_Spec *spec) {
    PyObject *type = PyType_FromSpec(spec);
    const char *name = strrchr(spec->name, '.') + 1;
    if (type && PyModule_AddObjectRef(module, name, type) < 0)
        Py_CLEAR(type);
    return (PyTypeObject *)type;
}

static PyObject *module_allow_amx(PyObject *module, PyObject *none) {
    (void)module, (void)none;
    return PyBool_FromLong(allow_amx());
}

static PyMethodDef functions[] = {{"allow_amx", module_allow_amx, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_kernel", "Compiled decoding; see onoma.decode.compiled.", -1, functions, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernel(void) {
    PyObject *module = PyModule_Create(&definition);
    if (!module)
        return NULL;
    ChainType = make_type(module, &chain_spec);
    ReadingType = make_type(module, &reading_spec);
    LatticeType = make_type(module, &lattice_spec);
    LstmType = make_type(module, &lstm_spec);
    if (!ChainType || !ReadingType || !LatticeType || !LstmType ||
        PyModule_AddStringConstant(module, "target", choose_rows()) < 0)
        Py_CLEAR(module);
    return module;
}
