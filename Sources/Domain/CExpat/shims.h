// What Swift cannot see of expat: constants that are macros with a cast. Every shim is `static inline`, carries the
// name of what it stands for behind `shim_`, and adds nothing of its own.
#ifndef CEXPAT_SHIMS_H
#define CEXPAT_SHIMS_H

#include <expat.h>

static inline XML_Bool shim_XML_FALSE(void) { return XML_FALSE; }

#endif
