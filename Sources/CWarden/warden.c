#include "warden.h"
