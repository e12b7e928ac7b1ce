#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stdint.h>

/// How many times this process has asked for memory so far.
uint64_t allocation_count(void);

#endif
