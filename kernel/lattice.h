/* What the files about lattices share. */
#ifndef ONOMA_LATTICE_H
#define ONOMA_LATTICE_H

#include "kernel.h"

/* Compute one sentence of a lattice in log space, forward and backward. */
void run_exactly(const Chain *chain, const float *emissions, Size length, Lattice *lattice, Size sentence);

#endif
