// What the Python mirror of the header checks itself against.
#include "warden_wire.h"

size_t layout_event(void) {
  return sizeof(struct warden_event);
}

size_t layout_options(void) {
  return sizeof(struct warden_options);
}

size_t layout_request(void) {
  return sizeof(struct warden_request);
}
