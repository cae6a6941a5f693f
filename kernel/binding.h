/* The kernel's objects as Python sees them. Memory is checked here: shapes and meanings are checked in Python. */
#ifndef ONOMA_BINDING_H
#define ONOMA_BINDING_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>

#include "kernel.h"

typedef struct {
    PyObject_HEAD
    Chain chain;
} ChainObject;

typedef struct {
    PyObject_HEAD
    Reading reading;
    Size tags;
    void *memory;
} ReadingObject;

extern PyTypeObject *ChainType, *ReadingType, *LatticeType, *LstmType;
PyTypeObject *make_type(PyObject *module, PyType_Spec *spec);
extern PyType_Spec chain_spec, reading_spec, lattice_spec, lstm_spec;

/* Whether a buffer has so many bytes; else a ValueError is set. */
int has_size(const Py_buffer *buffer, Size count, size_t size, const char *name);
/* Whether all numbers lie in low..high - 1; else a ValueError is set. */
int in_range(const int64_t *numbers, Size count, int64_t low, int64_t high, const char *name);
/* A batch of what was given, or 0 with a ValueError. */
int make_batch(const Py_buffer *emissions, const Py_buffer *lengths, Size steps, Size tags, Batch *batch);
void release(Py_buffer *buffers, int count);

#endif
