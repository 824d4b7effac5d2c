#ifndef CHATD_CZLIB_SHIM_H
#define CHATD_CZLIB_SHIM_H

#include <zlib.h>

#endif
