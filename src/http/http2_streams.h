/* What is unfinished over HTTP/2: bodies that arrive, answers that are not read. h2o keeps both where the
 * sockets' buffers do not show them, any number per connection, and has no deadline for them.
 */
#pragma once

#include "guard.h"

/* Sets `http2` of all the loop's connections. */
void http2_streams_measure(struct loop *loop);
