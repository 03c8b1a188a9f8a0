/* Request bodies that are still arriving over HTTP/2: h2o keeps them where the sockets' buffers do not show
 * them, any number per connection, and has no deadline for them.
 */
#pragma once

#include "guard.h"

/* Sets `http2_bytes` and `http2_stream` of all the loop's connections. */
void http2_bodies_measure(struct loop *loop);
