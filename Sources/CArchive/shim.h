#ifndef CHATD_CARCHIVE_SHIM_H
#define CHATD_CARCHIVE_SHIM_H

#include <archive.h>
#include <archive_entry.h>

#endif
